"""What a notebook shows: the stage draws a scene, the explorer controls a layer."""
