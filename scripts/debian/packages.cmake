# CPack's settings for the Debian packages visionshard (the program), libvisionshard-dev (headers, static library, CMake
# package), with VISIONSHARD_PYTHON python3-visionshard, and with VISIONSHARD_SCREEN visionshard-screen.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(CPACK_PACKAGE_CONTACT ${VISIONSHARD_PACKAGE_CONTACT})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/files.cmake)
set(CPACK_VISIONSHARD_DEBIAN ${CMAKE_CURRENT_LIST_DIR})

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME visionshard)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
# Libraries that are loaded when an image needs them, which shlibdeps cannot see: libheif.so.1 is in libheif1, libjxl.so.0.7
# in libjxl0.7, libcurl.so.4 in libcurl4.
set(loaded "libcurl4 (>= 7.88)")
foreach(name heif jpeg_xl)
  if(${name}_soname)
    string(REPLACE ".so." "" package ${${name}_soname})
    list(APPEND loaded "${package} (>= ${${name}_VERSION})")
  endif()
endforeach()
list(JOIN loaded ", " CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS bash-completion)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
"converter of vision fine-tuning corpora to upload-ready shards
The input is JSON Lines: one chat example per line, with images. The output
holds images in formats, color modes and sizes that a fine-tuning provider
accepts. Acceptable images are copied unchanged, and every example that is
left out is recorded with its reason.")

# A static library is linked by its user, who therefore needs the libraries below it.
set(needed libc-ares-dev libdeflate-dev libfmt-dev libgif-dev libjpeg62-turbo-dev liblcms2-dev
  libpng-dev libsimdjson-dev libssl-dev libtbb-dev libtiff-dev libturbojpeg0-dev libwebp-dev libxxhash-dev libzstd-dev pkg-config zlib1g-dev)
foreach(pair HEIF=libheif-dev JPEG_2000=libopenjp2-7-dev JPEG_XL=libjxl-dev)
  string(REPLACE = ";" pair ${pair})
  list(GET pair 0 format)
  list(GET pair 1 package)
  if(VISIONSHARD_${format})
    list(APPEND needed ${package})
  endif()
endforeach()
list(JOIN needed ", " needed)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libvisionshard-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ${needed})
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
"headers and static library of visionshard
Functions that convert and check vision fine-tuning corpora, fit one image to
a provider's limits, check one line, and decode base64; with the files by
which CMake's find_package(visionshard) finds them.")

if(VISIONSHARD_PYTHON)
  list(APPEND CPACK_COMPONENTS_ALL python)
  # The name of a native module holds the version of Python, so it works with no other.
  math(EXPR next_minor "${Python3_VERSION_MINOR} + 1")
  set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-visionshard)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_SHLIBDEPS ON)
  list(APPEND loaded_by_python "python3 (>= 3.${Python3_VERSION_MINOR})" "python3 (<< 3.${next_minor})" ${loaded})
  list(JOIN loaded_by_python ", " CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS)
  set(CPACK_COMPONENT_PYTHON_DESCRIPTION
"visionshard for Python 3
Functions that fit one image to the limits of a provider of fine-tuning, check
a line, check and convert vision fine-tuning corpora, and read shards in data
loaders.")
endif()
if(VISIONSHARD_SCREEN)
  list(APPEND CPACK_COMPONENTS_ALL screen)
  set(CPACK_DEBIAN_SCREEN_PACKAGE_NAME visionshard-screen)
  set(CPACK_DEBIAN_SCREEN_PACKAGE_SECTION utils)
  set(CPACK_DEBIAN_SCREEN_PACKAGE_SHLIBDEPS ON)
  # It reads images, but downloads none.
  list(FILTER loaded EXCLUDE REGEX "^libcurl")
  list(JOIN loaded ", " CPACK_DEBIAN_SCREEN_PACKAGE_DEPENDS)
  set(CPACK_DEBIAN_SCREEN_PACKAGE_SUGGESTS visionshard)
  set(CPACK_COMPONENT_SCREEN_DESCRIPTION
"advisory face detection in vision fine-tuning corpora
Lists the images of a corpus in which faces are seen, with boxes, scores and
places, for a person to look at. The list can be given to visionshard to leave
these examples out. The detector is that of dlib.")
endif()
include(CPack)
