#include "checkpoint/safetensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "data/random.h"
#include "temporary_folder.h"

namespace pellucid {
namespace {

namespace fs = std::filesystem;
const fs::path kFixtures = fs::path(PELLUCID_SOURCE_DIR) / "tests/fixtures/checkpoint";

// A file with this header and `data_size` bytes of tensors.
std::string file_of(const std::string& header, std::size_t data_size, std::uint64_t header_length) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &header_length, 8);
  return bytes + header + std::string(data_size, '\0');
}

std::string file_of(const std::string& header, std::size_t data_size) {
  return file_of(header, data_size, header.size());
}

Result<SafetensorsFile> open_bytes(const std::string& bytes) {
  const TemporaryFolder folder;
  return SafetensorsFile::open(folder.write("m.safetensors", bytes));
}

// The message alone: where it is is the same for all.
std::string error_of(const std::string& bytes) {
  const Result<SafetensorsFile> file = open_bytes(bytes);
  return file ? "no error" : file.error().message;
}

std::string header_error(const std::string& header, std::size_t data_size = 0) {
  return error_of(file_of(header, data_size));
}

template <class T>
TensorView view_of(DataType type, std::vector<std::int64_t> shape, const std::vector<T>& values) {
  return {type, std::move(shape), std::as_bytes(std::span(values))};
}

TEST(Safetensors, ReadsWhatThePythonPackageWrites) {
  const Result<SafetensorsFile> file = SafetensorsFile::open(kFixtures / "every_type.safetensors");
  ASSERT_TRUE(file) << describe(file.error());
  EXPECT_EQ(file->metadata(), (std::map<std::string, std::string>{{"format", "pt"}}));
  const std::tuple<const char*, DataType, std::vector<std::int64_t>> expected[] = {
      {"f64", DataType::f64, {2, 2}},
      {"f32", DataType::f32, {2, 3}},
      {"f16", DataType::f16, {3}},
      {"bf16", DataType::bf16, {1}},
      {"i64", DataType::i64, {2}},
      {"i32", DataType::i32, {2}},
      {"i16", DataType::i16, {3}},
      {"i8", DataType::i8, {2}},
      {"u8", DataType::u8, {2}},
      {"scalar", DataType::f32, {}},
      {"bool", DataType::boolean, {3}},
      {"empty", DataType::f32, {0, 3}},
      {"é \"quoted\" \\ /\x01", DataType::f32, {1}}};
  EXPECT_EQ(file->tensors().size(), std::size(expected));
  for (const auto& [name, type, shape] : expected) {
    const TensorView* tensor = file->find(name);
    ASSERT_NE(tensor, nullptr) << name;
    EXPECT_EQ(tensor->type, type) << name;
    EXPECT_EQ(tensor->shape, shape) << name;
  }
  std::int64_t integers[2];
  std::memcpy(integers, file->find("i64")->bytes.data(), sizeof integers);
  EXPECT_EQ(integers[0], std::int64_t{1} << 62);
  EXPECT_EQ(integers[1], -1);
  EXPECT_EQ(static_cast<int>(file->find("u8")->bytes[1]), 255);
}

TEST(Safetensors, WritesTheBytesThatThePythonPackageWrites) {
  const TemporaryFolder folder;
  const auto text_of = [](const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  for (const char* name : {"every_type.safetensors", "conversions.safetensors", "encoder/model.safetensors"}) {
    const Result<SafetensorsFile> file = SafetensorsFile::open(kFixtures / name);
    ASSERT_TRUE(file);
    ASSERT_TRUE(write_safetensors(folder / "ours", file->tensors(), file->metadata()));
    EXPECT_TRUE(folder.read("ours") == text_of(kFixtures / name)) << name;
  }
}

TEST(Safetensors, ConvertsToFp32AsTorchDoes) {
  const Result<SafetensorsFile> file = SafetensorsFile::open(kFixtures / "conversions.safetensors");
  ASSERT_TRUE(file);
  for (const std::string type : {"f16", "bf16", "f64"}) {
    const std::vector<std::int64_t> shape = file->find(type)->shape;
    std::vector<float> storage, unused;
    const auto converted = file->floats(type, shape, storage);
    const auto expected = file->floats(type + ".as_f32", shape, unused);
    ASSERT_TRUE(converted && expected);
    EXPECT_TRUE(unused.empty());  // fp32 is used in place
    ASSERT_EQ(converted->size(), expected->size());
    EXPECT_EQ(converted->data(), storage.data());
    for (std::size_t i = 0; i < expected->size(); ++i) {
      const float ours = (*converted)[i], theirs = (*expected)[i];
      EXPECT_TRUE(std::bit_cast<std::uint32_t>(ours) == std::bit_cast<std::uint32_t>(theirs) ||
                  (std::isnan(ours) && std::isnan(theirs)))
          << type << "[" << i << "]: " << ours << " " << theirs;
    }
  }
}

TEST(Safetensors, UnalignedFp32IsCopied) {
  const TemporaryFolder folder;
  const std::string header = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} )";
  ASSERT_NE(header.size() % 4, 0u);
  std::string bytes = file_of(header, 8);
  const float values[2] = {1.5f, -2.0f};
  std::memcpy(bytes.data() + bytes.size() - 8, values, 8);
  const Result<SafetensorsFile> file = SafetensorsFile::open(folder.write("m", bytes));
  ASSERT_TRUE(file);
  std::vector<float> storage;
  const auto floats = file->floats("a", {2}, storage);
  ASSERT_TRUE(floats);
  EXPECT_EQ(storage, (std::vector<float>{1.5f, -2.0f}));
  EXPECT_EQ(floats->data(), storage.data());
}

TEST(Safetensors, MissingAndMisshapenTensorsAreNamed) {
  const Result<SafetensorsFile> file = SafetensorsFile::open(kFixtures / "every_type.safetensors");
  ASSERT_TRUE(file);
  std::vector<float> storage;
  const auto missing = file->floats("encoder.layer.0.output.dense.weight", {8, 16}, storage);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_EQ(missing.error().message,
            "expected tensor \"encoder.layer.0.output.dense.weight\" [8, 16], found none of that name among 13");
  EXPECT_TRUE(missing.error().where.ends_with("every_type.safetensors"));
  EXPECT_EQ(file->floats("f32", {3, 2}, storage).error().message,
            "tensor \"f32\": expected shape [3, 2], found [2, 3]; do the weights belong to this config.json?");
  EXPECT_EQ(file->floats("scalar", {1}, storage).error().message,
            "tensor \"scalar\": expected shape [1], found []; do the weights belong to this config.json?");
  const auto integers = file->floats("i64", {2}, storage);
  EXPECT_EQ(integers.error().code, ErrorCode::unsupported);
  EXPECT_EQ(integers.error().message, "tensor \"i64\": expected F32, F16, BF16 or F64, found I64");
}

TEST(Safetensors, EarlyLayerNormNamesAreUnderstood) {
  const TemporaryFolder folder;
  const std::vector<float> gamma = {1, 2}, beta = {3, 4};
  ASSERT_TRUE(write_safetensors(folder / "m", {{"x.LayerNorm.gamma", view_of(DataType::f32, {2}, gamma)},
                                               {"x.LayerNorm.beta", view_of(DataType::f32, {2}, beta)}}));
  const Result<SafetensorsFile> file = SafetensorsFile::open(folder / "m");
  ASSERT_TRUE(file);
  std::vector<float> storage;
  EXPECT_EQ(file->floats("x.LayerNorm.weight", {2}, storage).value()[1], 2.0f);
  EXPECT_EQ(file->floats("x.LayerNorm.bias", {2}, storage).value()[1], 4.0f);
  EXPECT_EQ(file->find("x.dense.weight"), nullptr);
}

TEST(Safetensors, AFileWithoutTensorsIsOne) {
  EXPECT_TRUE(open_bytes(file_of("{}", 0)));
  EXPECT_TRUE(open_bytes(file_of("{\"__metadata__\":{}}    ", 0)));
}

TEST(MalformedSafetensors, Length) {
  EXPECT_EQ(error_of(""), "expected a safetensors file, found 0 bytes");
  EXPECT_EQ(error_of("1234567"), "expected a safetensors file, found 7 bytes");
  EXPECT_EQ(error_of(file_of("{}", 0, 3)), "expected a header of 3 bytes, found 2; is the file cut off?");
  EXPECT_EQ(error_of(file_of("{}", 0, 100'000'001)).substr(0, 60),
            "expected a safetensors header of at most 100000000 bytes, fo");
  EXPECT_EQ(open_bytes(file_of("{}", 0, ~std::uint64_t{0})).error().code, ErrorCode::limit);
  EXPECT_EQ(header_error(""), "expected a header that begins with {");
  EXPECT_EQ(header_error(" {}"), "expected a header that begins with {");
}

TEST(MalformedSafetensors, Json) {
  EXPECT_EQ(header_error("{\"a\""), "header: expected valid JSON, found an error at offset 4 of the header");
  EXPECT_EQ(header_error("{} x"), "header: expected valid JSON, found an error at offset 3 of the header");
  EXPECT_EQ(header_error("{\"\xFF\":1}"), "header: expected valid JSON, found an error at offset 2 of the header");
  EXPECT_EQ(header_error("{\"a\":[" + std::string(1'000'000, '[')),
            "header of tensor \"a\": expected an object for each tensor, found a list");
  EXPECT_EQ(header_error("{\"a\":null}"), "header of tensor \"a\": expected an object for each tensor, found null");
  EXPECT_EQ(header_error("{\"a\":true}"),
            "header of tensor \"a\": expected an object for each tensor, found a boolean");
}

TEST(MalformedSafetensors, Fields) {
  const auto error = [](const std::string& fields) { return header_error("{\"a\":{" + fields + "}}", 4).substr(22); };
  EXPECT_EQ(error(R"("dtype":"F32","shape":[1])"), "missing data_offsets");
  EXPECT_EQ(error(R"("shape":[1],"data_offsets":[0,4])"), "missing dtype");
  EXPECT_EQ(error(R"("dtype":"F32","data_offsets":[0,4])"), "missing shape");
  EXPECT_EQ(error(R"("dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4])"), "dtype given twice");
  EXPECT_EQ(error(R"("dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1)"),
            "expected dtype, shape, data_offsets, found \"x\"");
  EXPECT_EQ(error(R"("dtype":7,"shape":[1],"data_offsets":[0,4])"), "expected dtype as a string, found a number");
  EXPECT_EQ(error(R"("dtype":"F32","shape":1,"data_offsets":[0,4])"), "expected shape as a list, found a number");
  EXPECT_EQ(error(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"),
            "expected whole numbers from 0 in shape, found the negative number -1");
  EXPECT_EQ(error(R"("dtype":"F32","shape":[1.5],"data_offsets":[0,4])"),
            "expected whole numbers from 0 in shape, found the number 1.5");
  EXPECT_EQ(error(R"("dtype":"F32","shape":[[1]],"data_offsets":[0,4])"),
            "expected whole numbers from 0 in shape, found a list");
  EXPECT_EQ(error(R"("dtype":"F32","shape":[1],"data_offsets":[0])"), "expected two data_offsets, found 1");
  EXPECT_EQ(error(R"("dtype":"F32","shape":[1],"data_offsets":[0,4,8])"), "expected two data_offsets, found more");
  EXPECT_EQ(error(R"("dtype":"F32","shape":[1],"data_offsets":[-4,4])"),
            "expected whole numbers from 0 in data_offsets, found the negative number -4");
  EXPECT_EQ(error(R"("dtype":"F32","shape":[1],"data_offsets":"0")"),
            "expected data_offsets as a list, found a string");
}

TEST(MalformedSafetensors, TypesThatAreNotHandled) {
  const auto file = open_bytes(file_of(R"({"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}})", 4));
  EXPECT_EQ(file.error().code, ErrorCode::unsupported);
  EXPECT_EQ(
      file.error().message,
      "header of tensor \"a\": expected dtype F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL, found \"F8_E4M3\"");
}

TEST(MalformedSafetensors, Duplicates) {
  EXPECT_EQ(
      header_error(
          R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
          2),
      "header of tensor \"a\": name \"a\" given twice");
  EXPECT_EQ(header_error(R"({"__metadata__":{"k":"1","k":"2"}})"),
            "header of tensor \"__metadata__\": key \"k\" given twice");
  EXPECT_EQ(header_error(R"({"__metadata__":{"k":1}})"),
            "header of tensor \"__metadata__\": expected a string for each key, found a number");
}

TEST(MalformedSafetensors, Shapes) {
  const auto error = [](const std::string& shape) {
    return header_error("{\"a\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":[0,4]}}", 4);
  };
  EXPECT_EQ(error("[2]"), "tensor \"a\" at bytes 0 to 4: expected 8 bytes for F32 [2], found 4");
  EXPECT_EQ(error("[0]"), "tensor \"a\" at bytes 0 to 4: expected 0 bytes for F32 [0], found 4");
  EXPECT_EQ(error("[4294967296, 4294967296]"),
            "tensor \"a\" at bytes 0 to 4: its shape [4294967296, 4294967296] overflows");
  EXPECT_EQ(error("[4611686018427387905]"), "tensor \"a\" at bytes 0 to 4: its shape [4611686018427387905] overflows");
  EXPECT_EQ(error("[9223372036854775808]"),
            "header of tensor \"a\": a side of the shape overflows: 9223372036854775808");
  std::string many = "[1";
  for (int i = 0; i < 40; ++i) many += ",1";
  EXPECT_EQ(error(many + "]"), "header of tensor \"a\": expected at most 32 dimensions, found more");
}

TEST(MalformedSafetensors, Offsets) {
  const auto two = [](const std::string& a, const std::string& b, std::size_t data_size) {
    const std::string start = R"({"dtype":"U8","shape":[4],"data_offsets":)";
    return header_error("{\"a\":" + start + a + "},\"b\":" + start + b + "}}", data_size);
  };
  EXPECT_EQ(two("[0,4]", "[4,8]", 8), "no error");
  EXPECT_EQ(two("[4,8]", "[0,4]", 8), "no error");
  EXPECT_EQ(two("[0,4]", "[2,6]", 6), "tensor \"b\" at bytes 2 to 6: it overlaps the tensor before it");
  EXPECT_EQ(two("[0,4]", "[0,4]", 4), "tensor \"b\" at bytes 0 to 4: it overlaps the tensor before it");
  EXPECT_EQ(two("[0,4]", "[5,9]", 9), "tensor \"b\" at bytes 5 to 9: bytes 4 on belong to no tensor");
  EXPECT_EQ(two("[1,5]", "[5,9]", 9), "tensor \"a\" at bytes 1 to 5: bytes 0 on belong to no tensor");
  EXPECT_EQ(two("[0,4]", "[4,8]", 9), "expected 8 bytes of tensors, found 9 behind the header");
  EXPECT_EQ(two("[0,4]", "[4,8]", 7),
            "tensor \"b\" at bytes 4 to 8: the file holds 7 bytes of tensors only; is it cut off?");
  EXPECT_EQ(two("[0,4]", "[8,4]", 8), "tensor \"b\" at bytes 8 to 4: it ends before it begins");
  EXPECT_EQ(two("[0,4]", "[4,18446744073709551615]", 8).substr(0, 20), "tensor \"b\" at bytes ");
}

// Bytes changed, added and taken away at random: whatever opens is whole.
TEST(MalformedSafetensors, RandomDamageNeverReachesOutsideTheFile) {
  const TemporaryFolder folder;
  std::ifstream fixture(kFixtures / "every_type.safetensors", std::ios::binary);
  const std::string good(std::istreambuf_iterator<char>(fixture), {});
  SplitMix64 random(1);
  int opened = 0, refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = good;
    for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
      const std::size_t at = random.below(bytes.size());
      switch (random.below(4)) {
        case 0: bytes[at] = static_cast<char>(random.below(256)); break;
        case 1: bytes[at] = "0123456789[]{},:\""[random.below(17)]; break;
        case 2: bytes.erase(at, 1 + random.below(4)); break;
        default: bytes.insert(at, 1, "09,]}"[random.below(5)]); break;
      }
    }
    fs::remove(folder / "m");  // a new file: some file systems sync one that is overwritten
    const Result<SafetensorsFile> file = SafetensorsFile::open(folder.write("m", bytes));
    ++(file ? opened : refused);
    if (!file) continue;
    std::size_t tensor_bytes = 0;
    for (const auto& [name, tensor] : file->tensors()) {
      tensor_bytes += tensor.bytes.size();
      std::uint64_t elements = 1;
      for (const std::int64_t side : tensor.shape) elements *= static_cast<std::uint64_t>(side);
      ASSERT_EQ(elements * size_of(tensor.type), tensor.bytes.size());
      volatile std::byte last{};
      if (!tensor.bytes.empty()) last = tensor.bytes.back();
      (void)last;
    }
    std::uint64_t header_length = 0;
    std::memcpy(&header_length, bytes.data(), 8);
    ASSERT_EQ(tensor_bytes + 8 + header_length, bytes.size());
  }
  EXPECT_GT(opened, 100);
  EXPECT_GT(refused, 1000);
}

TEST(WriteSafetensors, RefusesBytesThatDoNotFillTheShape) {
  const TemporaryFolder folder;
  const std::vector<float> values = {1, 2, 3};
  const auto written = write_safetensors(folder / "m", {{"a", view_of(DataType::f32, {2, 2}, values)}});
  EXPECT_EQ(written.error().message, "tensor \"a\" [2, 2] does not match its 12 bytes");
  EXPECT_FALSE(fs::exists(folder / "m"));
}

TEST(WriteSafetensors, ReportsAFullDisk) {
  const std::vector<float> values(100'000);
  const auto written = write_safetensors("/dev/full", {{"a", view_of(DataType::f32, {100'000}, values)}});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::io);
}

}  // namespace
}  // namespace pellucid
