#!/bin/sh
# Stands where the real image has its own script of this name. What runs here is the development server.
exec node /backend/server.js
