"""The plug-in for keys: `ibmcloud kp`."""
