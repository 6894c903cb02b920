# Takes kubectl from the package of a later Debian: this one's is too old. $1: where the program goes.
out=$1
apt_of deb trixie
apt-get download -q kubectl/trixie
dpkg -x kubectl_*.deb .
install -D usr/bin/kubectl "$out"
