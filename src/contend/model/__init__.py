"""Models: tokens, segment features, the network, the model folder and its runtime."""
