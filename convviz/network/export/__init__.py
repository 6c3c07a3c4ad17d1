"""The same layer as a program for another framework: a module for each; network.py registers them."""
