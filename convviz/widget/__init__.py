"""What a notebook shows: the stage, which draws a scene, and the explorer, which controls a layer."""
