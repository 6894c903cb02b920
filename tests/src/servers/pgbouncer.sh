# Builds pgbouncer from the source package of a later Debian, in a folder of its own: the packaged one is too old to keep
# prepared statements. $1: where the program goes.
set -eu
out=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/lists/partial" "$root/archives/partial" "$root/work"
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
  sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\) .*/\2/p' | head -n 1)
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" > "$root/sources.list"
touch "$root/status"
cat > "$root/apt.conf" <<CONF
Dir::Etc::sourcelist "$root/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$root/lists";
Dir::State::status "$root/status";
Dir::Cache "$root";
Dir::Cache::archives "$root/archives";
APT::Sandbox::User "root";
CONF
export APT_CONFIG="$root/apt.conf"
apt-get update -q
cd "$root/work"
apt-get source -q --download-only pgbouncer/trixie
unset APT_CONFIG
tar xf pgbouncer_*.orig.tar.gz
cd pgbouncer-*/
./configure --quiet --without-pam --without-systemd
make -s -j2 pgbouncer
install -D pgbouncer "$out"
