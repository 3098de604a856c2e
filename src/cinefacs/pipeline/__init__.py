"""The whole way: the only place that opens films and knows the order of the stages."""
