"""The same layer as a program elsewhere: a module per framework, entered by network.py."""
