model.fit(input_tensor, target_tensor, batch_size=128, epochs=10)
