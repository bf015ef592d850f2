# The Debian package of the runtime (scripts/package): what the component runtime installs, with the notices of the
# libraries that are compiled into it.
set(copyright "")
file(READ "${CMAKE_SOURCE_DIR}/LICENSE" licence)
string(APPEND copyright "pellucid is distributed under this licence:\n\n${licence}")
foreach(package nlohmann-json3-dev libcli11-dev libexpected-dev libprotozero-dev)
  set(notice "/usr/share/doc/${package}/copyright")
  if(EXISTS "${notice}")
    file(READ "${notice}" text)
    string(APPEND copyright "\n\nCompiled into it are headers of Debian's package ${package}:\n\n${text}")
  endif()
endforeach()
file(WRITE "${CMAKE_BINARY_DIR}/copyright" "${copyright}")
install(FILES "${CMAKE_BINARY_DIR}/copyright" DESTINATION share/doc/pellucid COMPONENT runtime)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pellucid)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Text classifiers that show their evidence")
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "${CPACK_PACKAGE_DESCRIPTION_SUMMARY}
 pellucid predicts, explains, evaluates and serves text classifiers, and keeps
 a record of decisions. This package has neither Python nor torch, and does
 not train.")
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The developers of pellucid")
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME pellucid)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
include(CPack)
