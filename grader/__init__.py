"""An autograder for convolutional-network coursework in Keras notebooks."""

__version__ = "0.1.0"
