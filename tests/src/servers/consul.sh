# Takes Consul from the package of an earlier Debian, in a folder of its own: later ones have none, and the system's
# sources are left alone. $1: where the program goes.
set -eu
out=$1
sum=e4e888bba104daba1d9161f49bfc52649a7e4efd45b1a7ead5bc54f2cb9c89d9
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/lists/partial" "$root/archives/partial" "$root/work"
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
  sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\) .*/\2/p' | head -n 1)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bullseye main" > "$root/sources.list"
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
apt-get download -q consul/bullseye
echo "$sum  $(echo consul_*.deb)" | sha256sum -c -
dpkg -x consul_*.deb .
install -D usr/bin/consul "$out"
