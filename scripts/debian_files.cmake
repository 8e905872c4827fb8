# What Debian's policy wants of a package and CPack does not do: compressed pages and a changelog, modes without w for
# the group. CPack runs this over the files before it packs them.
set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/ALL_COMPONENTS_IN_ONE/usr/share)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${share}/doc/visionshard/changelog
  "visionshard (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n  * Built from source.\n\n"
  " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
execute_process(COMMAND gzip -9n ${share}/man/man1/visionshard.1 ${share}/doc/visionshard/changelog
  COMMAND_ERROR_IS_FATAL ANY)
