# libtorch from the pip wheel of PELLUCID_PYTHON, as the imported target TorchWheel::torch.
# The wheel's own TorchConfig.cmake is not used: in a CUDA wheel it demands a CUDA toolkit.
execute_process(
  COMMAND "${PELLUCID_PYTHON}" -c
          "import torch, os; print(os.path.dirname(torch.__file__), int(torch._C._GLIBCXX_USE_CXX11_ABI), torch.__version__, sep=';')"
  OUTPUT_VARIABLE torch_facts OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE torch_status)
if(NOT torch_status EQUAL 0)
  message(FATAL_ERROR "No torch in ${PELLUCID_PYTHON}. Run scripts/setup, or name a Python that has it with "
                      "-DPELLUCID_PYTHON=…, or build the runtime alone with -DPELLUCID_TRAIN=OFF.")
endif()
list(GET torch_facts 0 torch_root)
list(GET torch_facts 1 torch_abi)
list(GET torch_facts 2 TorchWheel_VERSION)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(TorchWheel REQUIRED_VARS torch_root VERSION_VAR TorchWheel_VERSION)

add_library(TorchWheel::torch INTERFACE IMPORTED)
target_include_directories(TorchWheel::torch SYSTEM INTERFACE "${torch_root}/include" "${torch_root}/include/torch/csrc/api/include")
target_compile_definitions(TorchWheel::torch INTERFACE _GLIBCXX_USE_CXX11_ABI=${torch_abi})
target_link_directories(TorchWheel::torch INTERFACE "${torch_root}/lib")
target_link_options(TorchWheel::torch INTERFACE "-Wl,-rpath,${torch_root}/lib")
# --no-as-needed: backends register themselves when libtorch_cpu is loaded. Our oneDNN stands before the one inside
# libtorch_cpu: both define some weak symbols (std::call_once instantiated for gemm_info_t::jit_init) and the first wins
# for both; with libtorch's, kernels of our oneDNN's gemm are never made, and it fails as "unimplemented".
target_link_libraries(TorchWheel::torch INTERFACE -Wl,--no-as-needed $<TARGET_FILE:DNNL::dnnl> torch torch_cpu c10 -Wl,--as-needed)
