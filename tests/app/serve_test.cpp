// pellucid serve as a process: its lines, its signals, its refusals.
#include <gtest/gtest.h>

#include "program.h"
#include "sanitizers.h"
#include "serve/client.h"
#include "tiny_model.h"

namespace pellucid {
namespace {

class Serve : public ::testing::Test {
 protected:
  Serve() { write_tiny_model(folder / "model", Adjust::top); }

  // A line of its log with this event; waits for it.
  nlohmann::json event(const std::string& name) const {
    for (int tries = 0; tries < 2000; ++tries) {
      std::istringstream lines(folder.read("stderr"));
      for (std::string line; std::getline(lines, line) && !lines.eof();) {
        const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
        if (json.is_object() && json.value("event", "") == name) return json;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    throw std::runtime_error("no event " + name + " in\n" + folder.read("stderr"));
  }
  int port() const {
    const std::string url = event("listening")["url"];
    return std::stoi(url.substr(url.rfind(':') + 1));
  }

  TemporaryFolder folder;
};

TEST_F(Serve, ServesReloadsAndStops) {
  Program program(folder, {"serve", folder / "model", "--port", "0", "--log", folder / "log.db", "--threads", "1"});
  const int port = this->port();
  EXPECT_EQ(post(port, "/v1/predict", std::string(R"({"text": "a secret film"})")).status, 200);
  program.signal(SIGHUP);
  event("reloaded");
  folder.write("model/config.json", "broken");
  program.signal(SIGHUP);
  EXPECT_NE(event("reload_failed")["message"].get<std::string>().find("config.json"), std::string::npos);
  EXPECT_EQ(post(port, "/v1/predict", std::string(R"({"text": "film"})")).status, 200);
  program.signal(SIGTERM);
  const Finished finished = program.wait();
  EXPECT_EQ(finished.status, 0);
  EXPECT_TRUE(event("stopped")["drained"].get<bool>());
  EXPECT_TRUE(finished.out.empty());
  EXPECT_EQ(finished.err.find("secret"), std::string::npos);
  json_lines(finished.err);  // every line is JSON
  EXPECT_EQ(run(folder, {"record", "verify", folder / "log.db"}).status, 0);
}

TEST_F(Serve, ReloadingIsNoReasonToDieWhileItStops) {
  Program program(folder, {"serve", folder / "model", "--port", "0", "--threads", "1"});
  Connection slow(port());
  slow.send(
      "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // a request under way
  program.signal(SIGTERM);
  event("stopping");
  program.signal(SIGHUP);
  slow.send("{\"text\": \"film\"}");
  EXPECT_EQ(slow.receive().status, 200);
  EXPECT_EQ(program.wait().status, 0);
}

TEST_F(Serve, ABusyPortIsOneClearMessage) {
  const TemporaryFolder other;
  Program program(folder, {"serve", folder / "model", "--port", "0"});
  const std::string port = std::to_string(this->port());
  const Finished second = run(other, {"serve", folder / "model", "--port", port});
  EXPECT_EQ(second.status, 1);
  EXPECT_NE(second.err.find("127.0.0.1:" + port + ": expected a free port"), std::string::npos) << second.err;
  EXPECT_EQ(std::ranges::count(second.err, '\n'), 1);
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait().status, 0);
}

// An arena of malloc for each connection would take 64 MB of addresses, and keep what its largest request took.
TEST_F(Serve, ConnectionsShareMemory) {
  if (kSanitized) GTEST_SKIP() << "sanitizers have memory of their own";
  Program program(folder, {"serve", folder / "model", "--port", "0", "--threads", "1", "--quiet"});
  const int port = this->port();
  EXPECT_EQ(post(port, "/v1/predict", std::string(R"({"text": "film"})")).status, 200);
  const long before = program.megabytes_of_addresses();
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < 12; ++i) {
    connections.push_back(std::make_unique<Connection>(port));
    connections.back()->send(request_text("POST", "/v1/predict", R"({"text": "film"})"));
    EXPECT_EQ(connections.back()->receive().status, 200);
  }
  EXPECT_LT(program.megabytes_of_addresses(), before + 200);
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait().status, 0);
}

TEST_F(Serve, RefusesToStart) {
  EXPECT_EQ(run(folder, {"serve", folder / "none"}).status, 1);
  EXPECT_EQ(run(folder, {"serve", folder / "model", "--host", "0.0.0.0", "--port", "0"}).status, 2);
  EXPECT_EQ(run(folder, {"serve", folder / "model", "--port", "70000"}).status, 2);
  EXPECT_EQ(
      run(folder, {"serve", folder / "model", "--port", "0", "--token-file", folder.write("token", "short")}).status,
      1);
}

}  // namespace
}  // namespace pellucid
