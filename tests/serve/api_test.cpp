// The routes: answers equal what the library computes; what is wrong is said precisely.
#include <gtest/gtest.h>

#include "client.h"
#include "record/verify.h"
#include "report/prediction.h"
#include "running.h"

namespace pellucid {
namespace {

using nlohmann::json;

class Api : public ::testing::Test {
 protected:
  // One for all tests: none changes it.
  static Running& running() {
    static Running one;
    return one;
  }
  static int port() { return running().port(); }

  static void expect_refused(const std::string& path, const std::string& body, int status, const std::string& part) {
    const Reply reply = post(port(), path, body);
    EXPECT_EQ(reply.status, status) << body;
    EXPECT_NE(reply.message().find(part), std::string::npos) << body << "\n" << reply.body;
    EXPECT_EQ(reply.json()["error"]["status"], status);
  }
};

TEST_F(Api, PredictsWhatTheLibraryPredicts) {
  const auto classifier = unwrap(load_classifier((running().folder / "model").string(), {}));
  const std::vector<std::string> texts = {"The film is good.", "", "oil price 日本"};
  const std::vector<std::string> ids = {"1", "2", "x"};
  std::vector<Encoding> encodings;
  for (const std::string& text : texts) encodings.push_back(encode(*classifier, text, false));
  const auto expected = unwrap(predict_texts(*classifier, ids, encodings, 4096));

  const Reply reply =
      post(port(), "/v1/predict", json{{"texts", {texts[0], texts[1], {{"id", "x"}, {"text", texts[2]}}}}});
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_TRUE(reply.has("Content-Type: application/json"));
  EXPECT_EQ(reply.json()["schema"], "pellucid.predictions/1");
  EXPECT_EQ(reply.json()["model"]["sha256"], classifier->weights_sha256());
  ASSERT_EQ(reply.json()["predictions"].size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(reply.json()["predictions"][i], json::parse(to_json(expected[i])));
}

TEST_F(Api, ExplainsWhatTheLibraryExplains) {
  const auto classifier = unwrap(load_classifier((running().folder / "model").string(), {}));
  const ExplainOptions options{
      .methods = {"decomposition", "occlusion"}, .targets = {"match"}, .against = "film", .unit = "piece"};
  const Example example{.id = "1", .text = "The film is unplayable."};
  const auto expected =
      unwrap(explain_texts(*classifier, unwrap(resolve(options, classifier->labels())), {&example, 1}));

  const Reply reply = post(port(), "/v1/explain",
                           json{{"text", example.text},
                                {"method", {"decomposition", "occlusion"}},
                                {"target", "match"},
                                {"against", "film"},
                                {"unit", "piece"}});
  ASSERT_EQ(reply.status, 200) << reply.body;
  ASSERT_EQ(reply.json()["explanations"].size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    json own = json::parse(to_json(expected[i]));
    json got = reply.json()["explanations"][i];
    own.erase("cost");
    got.erase("cost");
    EXPECT_EQ(got, own);
  }
  EXPECT_EQ(post(port(), "/v1/explain", json{{"text", "film"}, {"target", "all"}}).json()["explanations"].size(), 3u);
  EXPECT_EQ(post(port(), "/v1/explain", json{{"text", "film"}, {"target", nullptr}}).status, 200);
  EXPECT_EQ(post(port(), "/v1/predict", json{{"text", "film"}, {"deadline_ms", 3'600'000}}).status, 200)
      << "more than the service's own deadline is that one";
}

TEST(Windows, AreRefusedWhereTheModelReadsTooLittleAtOnce) {
  const Running running({.model = {.load = {.max_length = 3}}});
  for (const char* path : {"/v1/predict", "/v1/explain"}) {
    const Reply refused = post(running.port(), path, json{{"text", "the film is good"}, {"long", "window"}});
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.message(),
              "\"long\": expected windows of at least 4 tokens, found 3; give a larger --max-length");
    EXPECT_EQ(post(running.port(), path, json{{"text", "the film is good"}}).status, 200);
  }
}

TEST_F(Api, SaysWhatIsWrong) {
  const std::string predict = "/v1/predict";
  const std::string explain = "/v1/explain";
  expect_refused(predict, "", 400, "expected JSON in UTF-8");
  expect_refused(predict, "{\"text\": \"a", 400, "expected JSON in UTF-8");
  expect_refused(predict, "{\"text\": \"\xff\"}", 400, "expected JSON in UTF-8");
  expect_refused(predict, R"({"text": "\ud800"})", 400, "expected JSON in UTF-8");
  expect_refused(predict, R"({"text": "a", "seed": 1e999})", 400, "number overflow parsing '1e999'");
  expect_refused(predict, "[]", 400, "expected a JSON object, found array");
  expect_refused(predict, std::string(100000, '['), 400, "expected JSON");
  expect_refused(predict, "{}", 400, "either \"text\" or \"texts\", found neither");
  expect_refused(predict, R"({"text": "a", "texts": ["b"]})", 400, "found both");
  expect_refused(predict, R"({"text": 5})", 400, "\"text\": expected a string, found number 5");
  expect_refused(predict, R"({"texts": []})", 400, "one or more");
  expect_refused(predict, R"({"texts": ["a", null]})", 400, "\"texts[1]\": expected a string, found null");
  expect_refused(predict, R"({"texts": [{"id": "a"}]})", 400, "\"text\", found none");
  expect_refused(predict, R"({"texts": [{"text": "a", "x": 1}]})", 400, "\"texts[0].x\": unknown member");
  expect_refused(predict, R"({"text": "a", "method": "random"})", 400, "unknown member \"method\"");
  expect_refused(predict, R"({"text": "a", "long": "all"})", 400, "truncate or window");
  expect_refused(predict, R"({"text": "a", "deadline_ms": -1})", 400, "whole number");
  expect_refused(explain, R"({"text": "a", "method": "guess"})", 400, "\"method\": expected a method: one of");
  expect_refused(explain, R"({"text": "a", "target": "weather"})", 400,
                 "\"target\": expected one of the model's labels");
  expect_refused(explain, R"({"text": "a", "target": []})", 400, "empty list");
  expect_refused(explain, R"({"text": "a", "target": "film", "against": "film"})", 400, "two different labels");
  expect_refused(explain, R"({"text": "a", "unit": "line"})", 400, "expected a unit: one of piece, word, sentence");
  expect_refused(explain, R"({"text": "a", "samples": 5})", 400, "\"samples\": expected a method that draws");
  expect_refused(explain, R"({"text": "a", "method": "lime", "samples": 1000000})", 400, "from 0 to 1000");
  expect_refused(predict, json{{"texts", std::vector<std::string>(257, "a")}}.dump(), 413, "at most 256, found 257");
  expect_refused(explain, json{{"texts", std::vector<std::string>(33, "a")}}.dump(), 413, "at most 32");
  expect_refused(explain,
                 json{{"texts", std::vector<std::string>(30, "a")},
                      {"target", "all"},
                      {"method", {"random", "decomposition", "occlusion"}}}
                     .dump(),
                 413, "at most 256 explanations");
  expect_refused(predict, json{{"text", std::string(300000, 'a')}}.dump(), 413, "bytes");
  // An explanation has its text again: a small request would have a large answer.
  expect_refused(explain,
                 json{{"text", std::string(200000, 'a')}, {"method", std::vector<std::string>(6, "random")}}.dump(),
                 413, "at most 1048576 bytes in all explanations together");
}

TEST_F(Api, RefusalsAreShort) {
  const Reply reply = post(port(), "/v1/explain", json{{"text", "a"}, {"target", std::string(100000, 'x')}});
  EXPECT_EQ(reply.status, 400);
  EXPECT_LT(reply.body.size(), 2000u);
}

// A megabyte of brackets, which whoever copies the value would recurse into.
TEST_F(Api, NestingThatWouldFillTheStack) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  expect_refused("/v1/explain", R"({"text": "a", "method": )" + deep + "}", 400,
                 "expected JSON nested at most 64 deep");
  expect_refused("/v1/predict", deep, 400, "expected JSON nested at most 64 deep");
}

// What a proxy in front could read otherwise than we do: no second request comes out of it.
TEST_F(Api, RequestsThatEndInDoubtAreRefused) {
  const std::string body = R"({"text": "a"})", size = std::to_string(body.size());
  const std::string chunked = "d\r\n" + body + "\r\n0\r\n\r\n";
  const std::string hidden = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::pair<std::string, std::string> doubtful[] = {
      {"Content-Length: " + size + "\r\nContent-Length: 0\r\n", body},
      {"Content-Length: 0\r\nContent-Length: " + size + "\r\n", body},
      {"Content-Length: " + size + "\r\nTransfer-Encoding: chunked\r\n", chunked},
      {"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", chunked},
      {"Transfer-Encoding: xchunked\r\n", chunked},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunked},
      {"Content-Length: +" + size + "\r\n", body},
      {"Content-Length : " + size + "\r\n", body},
      {"Content-Length: " + size + ", " + size + "\r\n", body},
      {"Content-Length: -1\r\n", body},
      {"Content-Length: \r\n", body},
      {"Transfer-Encoding: chunked\r\n", "-1\r\nabc\r\n0\r\n\r\n"}};
  for (const auto& [headers, rest] : doubtful) {
    Connection connection(port());
    std::string request = "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    request.append(headers).append("\r\n").append(rest).append(hidden);
    connection.send(request);
    const Reply reply = connection.receive();
    EXPECT_EQ(reply.status, 400) << headers;
    EXPECT_EQ(reply.body.find(R"({"error":{"status":400,)"), 0u) << headers << reply.body;
    EXPECT_EQ(connection.rest(), "") << headers;
  }
  Connection connection(port());
  connection.send(
      "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked\r\n\r\n" +
      chunked);
  EXPECT_EQ(connection.receive().status, 200);
}

TEST_F(Api, HostileTextsAreTexts) {
  std::string many;
  for (int i = 0; i < 12500; ++i) many += "日本語 ";
  for (const std::string& text : {std::string("<script>alert(1)</script>"),
                                  std::string("\xe2\x80\xae"
                                              "evil"),
                                  std::string("a\0b", 3), many}) {
    for (const char* path : {"/v1/predict", "/v1/explain"})
      EXPECT_EQ(post(port(), path, json{{"text", text}}).status, 200);
  }
}

TEST_F(Api, OtherRoutes) {
  EXPECT_EQ(get(port(), "/healthz").body, "ok\n");
  EXPECT_EQ(get(port(), "/readyz").status, 200);
  const json model = get(port(), "/v1/model").json();
  EXPECT_EQ(model["model"]["labels"], json(tiny_labels().names()));
  EXPECT_EQ(model["methods"].size(), methods().size());
  const json openapi = get(port(), "/openapi.json").json();
  for (const char* path :
       {"/v1/predict", "/v1/explain", "/v1/model", "/metrics", "/healthz", "/readyz", "/openapi.json"}) {
    EXPECT_TRUE(openapi["paths"].contains(path)) << path;
  }
  const Reply page = get(port(), "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.has("Content-Security-Policy: default-src 'none'"));
  EXPECT_TRUE(page.has("X-Content-Type-Options: nosniff"));
  EXPECT_EQ(get(port(), "/nothing").status, 404);
  EXPECT_EQ(get(port(), "/v1/predict").status, 405);
  EXPECT_TRUE(get(port(), "/v1/predict").has("Allow: POST"));
  EXPECT_EQ(post(port(), "/v1/model", "{}").status, 405);
  EXPECT_EQ(post(port(), "/v1/predict", R"({"text": "a"})", "Content-Type: text/plain\r\n").status, 415);
  EXPECT_EQ(post(port(), "/v1/predict", R"({"text": "a"})", "Content-Type: Application/JSON; charset=utf-8\r\n").status,
            200);
}

TEST_F(Api, Metrics) {
  post(port(), "/v1/predict", json{{"text", "film"}});
  const std::string text = get(port(), "/metrics").body;
  for (const char* part :
       {"pellucid_requests_total{route=\"/v1/predict\",status=\"200\"} ", "le=\"+Inf\"}",
        "pellucid_predicted_texts_total ", "pellucid_waiting_texts 0\n", "# TYPE pellucid_request_seconds histogram"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

// A name that a stranger's page made point here.
TEST_F(Api, OtherHostsAreRefused) {
  const auto status = [](const std::string& host) {
    Connection connection(port());
    connection.send("GET /v1/model HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return connection.receive().status;
  };
  for (const char* own : {"localhost", "localhost:8080", "127.0.0.1", "127.1.2.3:8080", "[::1]", "[::1]:8080"}) {
    EXPECT_EQ(status(own), 200) << own;
  }
  for (const char* other : {"evil.example", "127.evil.example", "127.evil.example:8080", "127.0.0.1.evil.example",
                            "[::1].evil.example", "[::1].evil.example:8080", "localhost.evil.example",
                            "localhost:8080.evil.example", "128.0.0.1", "[::2]", ":8080"}) {
    EXPECT_EQ(status(other), 421) << other;
  }
}

// A new model is copied over the one that is served, as cp writes.
TEST(Weights, AreThoseThatWereLoadedWhateverBecomesOfTheFile) {
  const Running running;
  const std::filesystem::path file = running.folder / "model/model.safetensors";
  const auto classifier = unwrap(load_classifier((running.folder / "model").string(), {}));
  const std::vector<std::string> ids = {"1"};
  const std::vector<Encoding> texts = {encode(*classifier, "oil price", false)};
  const json expected = json::parse(to_json(unwrap(predict_texts(*classifier, ids, texts, 4096)).front()));
  const auto answer = [&] { return post(running.port(), "/v1/predict", json{{"text", "oil price"}}); };
  const std::string other(std::filesystem::file_size(file), '\x3f');  // every weight 0.747
  running.folder.write("model/model.safetensors", other);
  const Reply overwritten = answer();
  ASSERT_EQ(overwritten.status, 200) << overwritten.body;
  EXPECT_EQ(overwritten.json()["predictions"][0], expected);
  EXPECT_EQ(overwritten.json()["model"]["sha256"], classifier->weights_sha256());
  std::filesystem::resize_file(file, 0);
  EXPECT_EQ(answer().json()["predictions"][0], expected);
}

TEST(Tokens, AreAskedFor) {
  ServiceOptions options;
  options.token = "0123456789abcdef";
  Running running(options);
  const std::string right = "Authorization: Bearer 0123456789abcdef\r\n";
  for (const char* path : {"/v1/model", "/metrics", "/openapi.json"}) {
    EXPECT_EQ(get(running.port(), path).status, 401) << path;
    EXPECT_EQ(get(running.port(), path, "Authorization: Bearer 0123456789abcdeg\r\n").status, 401);
    EXPECT_EQ(get(running.port(), path, "Authorization: Bearer 0123456789abcdef0\r\n").status, 401);
    EXPECT_EQ(get(running.port(), path, "Authorization: Basic 0123456789abcdef\r\n").status, 401);
    EXPECT_EQ(get(running.port(), path, right).status, 200) << path;
  }
  EXPECT_EQ(post(running.port(), "/v1/predict", R"({"text": "a"})").status, 401);
  EXPECT_TRUE(get(running.port(), "/v1/model").has("WWW-Authenticate: Bearer"));
  EXPECT_EQ(get(running.port(), "/").status, 200);  // asks for it
  EXPECT_EQ(get(running.port(), "/healthz").status, 200);
}

TEST(Tokens, FilesHoldOneLine) {
  const TemporaryFolder folder;
  EXPECT_EQ(unwrap(read_token(folder.write("good", "0123456789abcdef\n"))), "0123456789abcdef");
  EXPECT_FALSE(read_token(folder.write("short", "0123\n")));
  EXPECT_FALSE(read_token(folder.write("lines", "0123456789abcdef\n0123456789abcdef\n")));
  EXPECT_FALSE(read_token(folder / "none"));
  EXPECT_TRUE(equal_secretly("a", "a"));
  EXPECT_FALSE(equal_secretly("a", "ab"));
}

TEST(Hosts, BeyondThisMachineNeedAToken) {
  const TemporaryFolder folder;
  write_tiny_model(folder / "model", Adjust::top);
  ServiceOptions options{.host = "0.0.0.0", .port = 0, .model = {.model = folder / "model"}};
  const auto refused = Service::start(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::usage);
  options.token = "0123456789abcdef";
  EXPECT_TRUE(Service::start(options));
}

TEST(Logs, HaveNoTextsUnlessAskedFor) {
  for (const bool asked : {false, true}) {
    Running running({.log_texts = asked});
    post(running.port(), "/v1/predict", json{{"text", "a secret film"}});
    const std::lock_guard lock(running.mutex);
    ASSERT_EQ(running.lines.size(), 1u);
    const json line = json::parse(running.lines[0]);
    EXPECT_EQ(line["path"], "/v1/predict");
    EXPECT_EQ(line["status"], 200);
    EXPECT_EQ(running.lines[0].find("secret") != std::string::npos, asked);
  }
}

TEST(Recording, EveryAnswerIsInTheLog) {
  ServiceOptions options;
  options.decision_log = "log.db";
  Running running(options);
  const Reply predicted = post(running.port(), "/v1/predict", json{{"texts", {"film", "oil price"}}});
  const Reply explained = post(running.port(), "/v1/explain", json{{"text", "film"}, {"target", "all"}});
  EXPECT_EQ(predicted.json()["entries"], json({1, 2}));
  EXPECT_EQ(explained.json()["entries"], json({3, 4, 5}));
  DecisionLog log = unwrap(DecisionLog::open(running.folder / "log.db", Access::read));
  EXPECT_TRUE(unwrap(verify(log, std::nullopt)).problems.empty());
  EXPECT_EQ(unwrap(read_decision(*unwrap(log.find(2)))).text, "oil price");
  EXPECT_EQ(unwrap(read_decision(*unwrap(log.find(4)))).result.target, "market");
}

TEST(Recording, WhatCannotBeRecordedIsNotAnswered) {
  ServiceOptions options;
  options.decision_log = "log.db";
  Running running(options);
  {
    Database database = unwrap(Database::open(running.folder / "log.db", Access::write));
    unwrap(database.run("ALTER TABLE entries RENAME TO gone"));
  }
  const Reply reply = post(running.port(), "/v1/predict", json{{"text", "film"}});
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.body.find("predictions"), std::string::npos) << reply.body;
  EXPECT_EQ(get(running.port(), "/healthz").status, 200);
}

}  // namespace
}  // namespace pellucid
