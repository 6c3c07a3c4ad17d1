"""What there is to see of one convolution, for every renderer."""
