"""Who of the children of a commune is at school: what mobilisation rates are made of."""
