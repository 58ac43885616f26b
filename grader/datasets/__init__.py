"""Data sets served to notebooks: the teacher's copy where there is one, drawn stand-ins otherwise."""
