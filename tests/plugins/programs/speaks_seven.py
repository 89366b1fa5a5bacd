"""A program whose frames are of version 7.3: it says so, and is refused."""
import os
import struct

length, op, flags, call = struct.unpack("<IHHI", os.read(0, 12))
os.read(0, length)
sdk = b"other-sdk 7.3"
payload = struct.pack("<IIII", 7, 3, 0, len(sdk)) + sdk
os.write(1, struct.pack("<IHHI", len(payload), op, 1, call) + payload)
os.read(0, 1)
