"""The same numbers in another shape: reshaped, padded, cropped, repeated."""
