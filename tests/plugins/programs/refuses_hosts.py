"""A program that takes no host older than frames 9.9, and says so itself."""
import owed_frames as frames

frames.MAJOR, frames.MIN_HOST_MINOR = 9, 9
frames.run(frames.Plugin)
