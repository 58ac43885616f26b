"""Networks: a Keras model's configuration as a canonical network; reading, comparing, explaining."""
