# Goes before a script that takes something from another release of Debian than this one. apt works in a folder of its own
# that goes away, so that the system's sources are left alone; it checks signatures.
set -eu

# $1: `deb` or `deb-src`. $2: the release. What follows runs in an empty folder, with apt knowing that release and no other.
apt_of() {
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  mkdir -p "$root/lists/partial" "$root/archives/partial" "$root/work"
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\) .*/\2/p' | grep '/debian/*$' | head -n 1)
  echo "$1 [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $2 main" > "$root/sources.list"
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
}
