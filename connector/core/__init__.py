"""What the product decides, as pure functions over plain values: no clock, no network, no files, no logging."""
