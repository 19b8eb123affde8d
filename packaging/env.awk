# SPDX-License-Identifier: MIT
# cubestreamd --help | awk -f env.awk: writes the settings file, with each setting as a comment with its default.
BEGIN {
  print "# Settings of cubestreamd, read when the service starts: systemctl restart cubestream"
  print "# Remove the # before a setting to change it. See cubestreamd(8) for details. The log reports wrong settings:"
  print "# journalctl -u cubestream"
}
/^  CS_/ {
  name = $1
  sub(/^  /, "")
  setting = $0
  if (sub(/ \(none\)$/, "=", setting) == 0 && setting !~ /=/) setting = name "="
  getline meaning
  getline allowed
  sub(/^ +/, "", meaning)
  sub(/^ +/, "", allowed)
  printf "\n# %s\n# %s\n#%s\n", meaning, allowed, setting
}
