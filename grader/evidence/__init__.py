"""What a run of a notebook left behind: typed events, cells, and the store that keeps them."""
