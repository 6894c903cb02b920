# Takes kubectl from the package of a later Debian, in a folder of its own: this one's is too old, and the system's sources
# are left alone. apt checks the archive's signature. $1: where the program goes.
set -eu
out=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/lists/partial" "$root/archives/partial" "$root/work"
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
  sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\) .*/\2/p' | grep '/debian/*$' | head -n 1)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" > "$root/sources.list"
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
apt-get download -q kubectl/trixie
dpkg -x kubectl_*.deb .
install -D usr/bin/kubectl "$out"
