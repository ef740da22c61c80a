#!/bin/sh
SERVICE="simplehttp"
RUN_DIR="/root/simple_http"
if [ `ps -C $SERVICE --no-header | wc -l` -eq 0 ];then
echo "$SERVICE is stopped..."
exit 1
else
echo "$SERVICE always running..."
exit 0
fi
