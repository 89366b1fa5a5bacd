"""A program that speaks no frames at all."""
print("Hello, here is the report that you wanted.", flush=True)
