# SPDX-License-Identifier: MIT
# cubestreamd --help | awk -v version=1.2.3 -f man.awk: writes the manual page.

# Escapes roff control characters.
function plain(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  if (text ~ /^[.']/) text = "\\&" text
  return text
}

# "  --help     print this" as a tagged paragraph.
function tagged(line,   parts) {
  sub(/^ +/, "", line)
  match(line, /  +/)
  printf ".TP\n.B %s\n%s\n", plain(substr(line, 1, RSTART - 1)), plain(substr(line, RSTART + RLENGTH))
}

BEGIN {
  printf ".TH CUBESTREAMD 8 \"\" \"cubestream %s\" \"System Administration\"\n", version
  print ".SH NAME\ncubestreamd \\- render a 3D scene and stream it to web browsers"
}
NR == 1 { first = $0; next }
/^Usage: / {
  sub(/^Usage: cubestreamd */, "")
  printf ".SH SYNOPSIS\n.B cubestreamd\n%s\n", plain($0)
  printf ".SH DESCRIPTION\n%s\n", plain(first)
  print ".SH OPTIONS"
  next
}
/^Settings are / { printf ".SH ENVIRONMENT\n%s\n", plain($0); next }
/^Signals:$/ { print ".SH SIGNALS"; next }
/^Exit codes:$/ { print ".SH EXIT STATUS"; next }
/^  CS_/ {
  sub(/^ +/, "")
  printf ".TP\n.B %s\n", plain($0)
  next
}
/^      allowed: / { sub(/^ +/, ""); printf "(%s)\n", plain($0); next }
/^      / { sub(/^ +/, ""); printf "%s\n", plain($0); next }
/^  / { tagged($0); next }
/./ { print plain($0) }
END {
  print ".SH FILES"
  print ".TP\n.I /etc/cubestream/cubestream.env\nsettings of the service, one NAME=value per line"
  print ".TP\n.I /run/cubestream/frames.sock\nsocket for programs that draw, with CS_SCENE=external; the unit cubestream\\-frames.socket makes it"
  print ".TP\n.I /usr/share/cubestream/gpu.conf\ndrop-in that allows the service to use a GPU; its comments explain the installation"
  print ".SH SEE ALSO\n.BR systemctl (1),\n.BR journalctl (1),\n.BR systemd.exec (5)"
}
