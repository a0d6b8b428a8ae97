#!/bin/sh
# Stands where the real image has its own script of this name. What runs here is the development server, whatever mode
# is asked for.
exec env NODE_ENV=development node /backend/server.js
