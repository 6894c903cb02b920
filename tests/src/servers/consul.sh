# Takes Consul from the package of an earlier Debian: later ones have none. $1: where the program goes.
out=$1
sum=e4e888bba104daba1d9161f49bfc52649a7e4efd45b1a7ead5bc54f2cb9c89d9
apt_of deb bullseye
apt-get download -q consul/bullseye
echo "$sum  $(echo consul_*.deb)" | sha256sum -c -
dpkg -x consul_*.deb .
install -D usr/bin/consul "$out"
