# SPDX-License-Identifier: MIT
# cubestreamd --help | awk -f env.awk: the file of settings, every one of them as a comment with its default.
BEGIN {
  print "# Settings of cubestreamd, read when the service starts: systemctl restart cubestream"
  print "# Take away the # before a setting to change it. cubestreamd(8) tells more; whether the settings are good,"
  print "# the log says: journalctl -u cubestream"
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
