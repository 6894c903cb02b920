# Builds pgbouncer from the source package of a later Debian: the packaged one is too old to keep prepared statements. $1:
# where the program goes.
out=$1
apt_of deb-src trixie
apt-get source -q --download-only pgbouncer/trixie
unset APT_CONFIG
tar xf pgbouncer_*.orig.tar.gz
cd pgbouncer-*/
./configure --quiet --without-pam --without-systemd
make -s -j2 pgbouncer
install -D pgbouncer "$out"
