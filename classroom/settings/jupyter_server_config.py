"""What a student's server is set to, on one machine as in a container."""

c = get_config()  # noqa: F821  Jupyter runs this file with it

# A Jupyter kernel that has had nothing to do for an hour is stopped, also under an open page: its
# pictures then say that the kernel is gone, and a cell run again brings them back. A server without
# kernels ends half an hour later; the hub starts it again when its student comes back.
c.MappingKernelManager.cull_idle_timeout = 3600
c.MappingKernelManager.cull_connected = True
c.MappingKernelManager.cull_interval = 60
c.ServerApp.shutdown_no_activity_timeout = 1800
