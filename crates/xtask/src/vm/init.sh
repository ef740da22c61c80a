#!/bin/sh
# Process 1 of the virtual machine, until the machine's own files are there.
export PATH=/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in $(cat /modules/order); do insmod /modules/$module; done

mkdir /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
ln -s /proc/self/fd /dev/fd
ln -s fd/0 /dev/stdin; ln -s fd/1 /dev/stdout; ln -s fd/2 /dev/stderr
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir /sys/fs/cgroup/job
mount -t tmpfs -o mode=755 run /run
mkdir -m 1777 /run/lock
mkdir -p /run/vm/bin
cp /bin/busybox /run/vm/bin
cp /job /job-runner /run/vm
for applet in sh cat insmod lsmod modinfo modprobe rmmod; do
    ln -s busybox /run/vm/bin/$applet
done
mkfifo /run/vm/out /run/vm/err
hostname vm
ifconfig lo up
for port in /sys/class/virtio-ports/*; do
    read -r name <$port/name
    ln -s /dev/${port##*/} /run/vm/port-$name
done
exec 3>/run/vm/port-control

# The host's files, read-only, below a file system in memory that takes what is written.
version=$(uname -r)
mount -t tmpfs -o mode=755 overlay /overlay
mkdir -p /overlay/work /overlay/upper/usr/lib/modules/$version /overlay/upper/usr/sbin
for applet in insmod lsmod modinfo modprobe rmmod; do
    ln -s /run/vm/bin/busybox /overlay/upper/usr/sbin/$applet
done
echo /run/vm/bin/modprobe >/proc/sys/kernel/modprobe
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro,cache=loose root /lower
mount -t overlay -o lowerdir=/lower,upperdir=/overlay/upper,workdir=/overlay/work root /root
for directory in dev proc sys run; do mount --move /$directory /root/$directory; done
mount -o bind "/root$(cat /modules/folder)" /root/usr/lib/modules/$version ||
    echo "error: cannot find the modules" >&3
cd /root
mount --move . /
echo ready >&3
exec chroot . /run/vm/bin/sh /run/vm/job-runner
