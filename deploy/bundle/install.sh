#!/bin/sh
# Installs huiying from this folder, without the internet. Nothing is installed
# unless every file is the one whose digest SHA256SUMS names.
#   ./install.sh [--check] [--prefix /usr/local]
# 安装前核对每个文件的 SHA-256，有一个不符就不安装。
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
prefix=/usr/local check=
while [ $# -gt 0 ]; do
	case $1 in
	--check) check=yes ;;
	--prefix)
		[ $# -ge 2 ] || { echo "install.sh: --prefix DIR" >&2; exit 2; }
		prefix=$2
		shift
		;;
	*) echo "install.sh [--check] [--prefix DIR]" >&2; exit 2 ;;
	esac
	shift
done
cd "$here"
if ! sha256sum -c --quiet --strict SHA256SUMS; then
	echo "install.sh: 文件与 SHA256SUMS 不符，没有安装。 A file is not what SHA256SUMS says; nothing was installed." >&2
	exit 1
fi
# A file that no digest names was put in by another hand.
stray=$({ cut -c67- SHA256SUMS; find . -type f ! -path ./SHA256SUMS | sed 's|^\./||'; } | sort | uniq -u)
if [ -n "$stray" ]; then
	echo "install.sh: SHA256SUMS 里没有 $stray，没有安装。 SHA256SUMS does not name $stray; nothing was installed." >&2
	exit 1
fi
if [ -n "$(find . ! -type f ! -type d)" ]; then
	echo "install.sh: 有链接或设备文件，没有安装。 There is a link or device among the files; nothing was installed." >&2
	exit 1
fi
if [ -n "$check" ]; then
	echo "install.sh: 全部相符。 Every digest holds."
	exit 0
fi
share=$prefix/share/huiying
mkdir -p "$prefix/bin" "$share"
# By rename: a service that runs keeps its own binary.
cp bin/huiying "$prefix/bin/.huiying.new"
chmod 0755 "$prefix/bin/.huiying.new"
mv -f "$prefix/bin/.huiying.new" "$prefix/bin/huiying"
cp -R deploy docs README.md LICENSE CHANGELOG.md sbom.cdx.json "$share/"
echo "install.sh: $("$prefix/bin/huiying" --version) → $prefix/bin/huiying; $share/docs, $share/deploy"
echo "  演练 huiying drill；服务 $share/deploy/huiying.service"
