// Many clients, large and broken requests, little time: limits hold, batches do not change answers, nothing is dropped.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "client.h"
#include "running.h"
#include "tiny_texts.h"

namespace pellucid {
namespace {

using nlohmann::json;

// So slow a request that others meet it: the tiny model explains by many samples.
json slow_request(std::size_t texts = 4) {
  return {
      {"texts", std::vector<std::string>(texts, "the film is good and the price of oil is not wonderfully unplayable")},
      {"method", "kernel-shap"},
      {"samples", 1000}};
}

constexpr std::size_t kEndless = 1'000'000'000;

// Steps, of which each is a pass through the model: hours of them.
ServiceOptions endless_options() {
  return {.api = {.samples = kEndless}, .engine = {.batch_explanations = 1}};
}

json endless_request() {
  return {{"texts", std::vector<std::string>(2, "film")}, {"method", "attattr"}, {"steps", kEndless}};
}

// Comes back when its first text is being computed, and the second waits.
void begin_endless(const Connection& connection, int port) {
  connection.send(request_text("POST", "/v1/explain", endless_request().dump()));
  while (get(port, "/metrics").body.find("\npellucid_waiting_texts 1\n") == std::string::npos) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(Batches, OfManyClientsAnswerAsAlone) {
  Running running({.engine = {.gather = std::chrono::milliseconds(5)}});
  const std::vector<std::string> texts = tiny_texts(24);
  std::vector<json> alone;
  for (const std::string& text : texts)
    alone.push_back(post(running.port(), "/v1/predict", json{{"text", text}}).json());
  std::atomic<int> different = 0;
  std::vector<std::thread> clients;
  for (int client = 0; client < 12; ++client) {
    clients.emplace_back([&, client] {
      Connection connection(running.port());
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::size_t t = (i + static_cast<std::size_t>(client) * 5) % texts.size();
        connection.send(request_text("POST", "/v1/predict", json{{"text", texts[t]}}.dump()));
        const Reply reply = connection.receive();
        if (reply.status != 200 || reply.json() != alone[t]) ++different;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(different, 0);
  const std::string metrics = get(running.port(), "/metrics").body;
  const auto value = [&](const std::string& name) {
    return std::stoul(metrics.substr(metrics.find("\n" + name + " ") + name.size() + 2));
  };
  EXPECT_EQ(value("pellucid_predicted_texts_total"), texts.size() * 13);
  EXPECT_LT(value("pellucid_batches_total"), texts.size() * 13);  // some were shared
}

TEST(Batches, LargeRequestsComeBackWholeAndInOrder) {
  Running running({.engine = {.batch_tokens = 64, .batch_explanations = 3}});
  const std::vector<std::string> texts = tiny_texts(30);
  const json predicted = post(running.port(), "/v1/predict", json{{"texts", texts}}).json()["predictions"];
  const json explained =
      post(running.port(), "/v1/explain", json{{"texts", texts}, {"target", "all"}}).json()["explanations"];
  ASSERT_EQ(predicted.size(), 30u);
  ASSERT_EQ(explained.size(), 90u);
  for (std::size_t i = 0; i < 30; ++i) {
    EXPECT_EQ(predicted[i]["id"], std::to_string(i + 1));
    EXPECT_EQ(explained[3 * i + 1]["text"], texts[i]);
    EXPECT_EQ(explained[3 * i + 1]["target"], "market");
  }
}

TEST(Queues, AreBounded) {
  Running running({.engine = {.queue_texts = 4, .batch_explanations = 1}});
  std::atomic<int> answered = 0, refused = 0, other = 0;
  std::vector<std::thread> clients;
  for (int client = 0; client < 8; ++client) {
    clients.emplace_back([&] {
      const Reply reply = post(running.port(), "/v1/explain", slow_request(3));
      if (reply.status == 200) ++answered;
      if (reply.status == 429 && reply.has("Retry-After: 1")) ++refused;
      if (reply.status != 200 && reply.status != 429) ++other;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_GE(answered, 1);
  EXPECT_GE(refused, 1);
  EXPECT_EQ(other, 0);
  EXPECT_EQ(post(running.port(), "/v1/predict", json{{"text", "film"}}).status, 200);
}

TEST(Deadlines, AreKept) {
  Running running;
  json request = slow_request(8);
  request["deadline_ms"] = 1;
  const Reply late = post(running.port(), "/v1/explain", request);
  EXPECT_EQ(late.status, 504);
  EXPECT_NE(late.message().find("deadline"), std::string::npos);
  EXPECT_EQ(post(running.port(), "/v1/predict", json{{"text", "film"}}).status, 200);  // it goes on
}

TEST(Deadlines, EndTheComputing) {
  Running running(endless_options());
  json request = endless_request();
  request["deadline_ms"] = 200;
  EXPECT_EQ(post(running.port(), "/v1/explain", request).status, 504);
  EXPECT_EQ(post(running.port(), "/v1/predict", json{{"text", "film"}}).status, 200);  // before its own deadline
}

TEST(Reloading, DropsNoRequest) {
  Running running;
  std::atomic<bool> done = false;
  std::atomic<int> answered = 0, failed = 0;
  std::vector<std::thread> clients;
  for (int client = 0; client < 4; ++client) {
    clients.emplace_back([&] {
      Connection connection(running.port());
      while (!done) {
        connection.send(request_text("POST", "/v1/explain", R"({"text": "the film is good"})"));
        connection.receive().status == 200 ? ++answered : ++failed;
      }
    });
  }
  const std::string before = get(running.port(), "/v1/model").json()["model"]["adjust"];
  for (int i = 0; i < 5; ++i) {
    write_tiny_model(running.folder / "next", i % 2 == 0 ? Adjust::none : Adjust::top);
    for (const char* name : {"model.safetensors", "pellucid.json"}) {
      std::filesystem::rename(running.folder / "next" / name, running.folder / "model" / name);
    }
    unwrap(running.service->reload());
  }
  EXPECT_EQ(before, "top");
  EXPECT_EQ(get(running.port(), "/v1/model").json()["model"]["adjust"], "none");
  running.folder.write("model/pellucid.json", "broken");
  EXPECT_FALSE(running.service->reload());
  EXPECT_EQ(post(running.port(), "/v1/predict", json{{"text", "film"}}).status, 200);  // with the former
  done = true;
  for (std::thread& client : clients) client.join();
  EXPECT_GT(answered, 0);
  EXPECT_EQ(failed, 0);
}

// Connections are taken while the model is still being loaded, and answered as soon as there is a server.
TEST(Starting, AnswersWhoWaitsAtTheDoor) {
  const int port = unwrap(ListeningSocket::open("127.0.0.1", 0)).port();
  const TemporaryFolder folder;
  write_tiny_model(folder / "model", Adjust::top);
  std::thread client([port] {
    for (;;) {
      Connection connection(port);
      if (connection.open()) {
        connection.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
        EXPECT_EQ(connection.receive().status, 200);
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const auto service = unwrap(Service::start({.port = port, .model = {.model = (folder / "model").string()}}));
  client.join();
}

TEST(Stopping, FinishesWhatIsUnderWay) {
  Running running;
  Connection busy(running.port());
  Connection idle(running.port());
  busy.send(request_text("POST", "/v1/explain", slow_request().dump()));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::thread stopping([&] { EXPECT_TRUE(running.service->drain(std::chrono::seconds(60))); });
  EXPECT_EQ(busy.receive().status, 200);
  stopping.join();
  EXPECT_FALSE(Connection(running.port()).open());  // nobody listens any more
  idle.send("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const Reply reply = idle.receive();
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.has("Connection: close"));
  running.service.reset();
}

TEST(Stopping, GivesUpWhatIsNotDoneInTime) {
  Running running(endless_options());
  Connection busy(running.port());
  begin_endless(busy, running.port());
  EXPECT_FALSE(running.service->drain(std::chrono::milliseconds(1)));
  const Reply reply = busy.receive();
  EXPECT_EQ(reply.status, 503);
  EXPECT_NE(reply.message().find("stopping"), std::string::npos);
  running.service.reset();
}

TEST(Stopping, WithoutDrainingWaitsForNobody) {
  Running running(endless_options());
  Connection busy(running.port());
  begin_endless(busy, running.port());
  running.service.reset();
}

TEST(Limits, OfBodies) {
  Running running({.http = {.body = 10000}});
  const std::string large(12000, 'x');
  EXPECT_EQ(post(running.port(), "/v1/predict", large).status, 413);
  EXPECT_EQ(post(running.port(), "/v1/predict", std::string(1000000, 'x')).status, 413);  // refused by its length alone
  Connection chunked(running.port());
  chunked.send(
      "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked\r\n\r\n" +
      std::string("2ee0\r\n") + large + "\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.receive().status, 413);
  Connection endless(running.port());
  endless.send("POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 10; ++i) endless.send("2ee0\r\n" + large + "\r\n");
  EXPECT_EQ(endless.receive().status, 0);
  EXPECT_EQ(post(running.port(), "/v1/predict", R"({"text": "film"})").status, 200);
}

TEST(Limits, OfTime) {
  Running running({.http = {.idle_seconds = 1, .body_seconds = 1}});
  Connection silent(running.port());
  silent.send("GET /healthz HTTP/1.1\r\n");
  EXPECT_EQ(silent.receive().status, 0);  // closed
  // A byte now and then: no pause is long.
  const std::string line = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
  const std::string post_line = "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  Connection headers(running.port()), next_headers(running.port()), body(running.port()), trailer(running.port());
  headers.send(line + "X-Slow: ");
  next_headers.send(line + "\r\n");
  EXPECT_EQ(next_headers.receive().status, 200);
  next_headers.send(line + "X-Slow: ");
  body.send(post_line + "Content-Length: 1000\r\n\r\n");
  trailer.send(post_line + "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Slow: ");
  bool open = true;
  for (int i = 0; i < 100 && open; ++i) {
    open = false;
    for (const Connection* slow : {&headers, &next_headers, &body, &trailer}) open |= slow->send("x");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  EXPECT_FALSE(open);
  for (Connection* slow : {&headers, &next_headers, &body, &trailer}) EXPECT_EQ(slow->receive().status, 0);
}

TEST(Limits, OfTimeHoldForWhoDoesNotTakeTheAnswer) {
  Running running({.http = {.body_seconds = 1}});
  Connection silent(running.port());
  // More than the system keeps for a client that reads nothing.
  std::string requests;
  for (int i = 0; i < 600; ++i) requests += "GET /page.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_TRUE(silent.send(requests));
  bool open = true;
  for (int i = 0; i < 100 && open; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    open = get(running.port(), "/metrics").body.find("\npellucid_connections 1\n") == std::string::npos;
  }
  EXPECT_FALSE(open);
  EXPECT_EQ(silent.receive().status, 200) << "the first, which there was room for";
}

// What the service itself needs is not held against the client.
TEST(Limits, OfTimeSpareTheService) {
  ServiceOptions options = endless_options();
  options.http = {.idle_seconds = 1, .body_seconds = 1};
  Running running(options);
  json request = endless_request();
  request["deadline_ms"] = 2500;
  EXPECT_EQ(post(running.port(), "/v1/explain", request).status, 504);
}

TEST(Limits, OfHeaders) {
  Running running;
  const Reply reply = get(running.port(), "/v1/model", "X-Large: " + std::string(100000, 'x') + "\r\n");
  EXPECT_TRUE(reply.status == 431 || reply.status == 413) << reply.status;
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_GE(get(running.port(), "/v1/model", many).status, 400);
  EXPECT_GE(get(running.port(), "/" + std::string(100000, 'a')).status, 400);
  EXPECT_EQ(get(running.port(), "/healthz").status, 200);
}

// Who sends more than is read has the answer, not a reset connection.
TEST(Limits, RefusalsReachWhoIsStillSending) {
  Running running;
  const std::string line = "GET /v1/model HTTP/1.1\r\nHost: localhost\r\n";
  for (int i = 0; i < 5; ++i) {
    Connection connection(running.port());
    EXPECT_TRUE(connection.send(line + "X-Large: " + std::string(70000, 'x')));
    for (int part = 0; part < 4; ++part) {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      EXPECT_TRUE(connection.send(std::string(100000, 'x'))) << part;
    }
    const Reply reply = connection.receive();
    EXPECT_EQ(reply.status, 431);
    EXPECT_NE(reply.message().find("expected headers"), std::string::npos);
    EXPECT_EQ(connection.rest(), "");
  }
}

TEST(Limits, OfConnections) {
  Running running({.http = {.connections = 4}});
  std::vector<std::unique_ptr<Connection>> held;
  for (int i = 0; i < 4; ++i) {
    held.push_back(std::make_unique<Connection>(running.port()));
    held.back()->send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(held.back()->receive().status, 200);
  }
  const Reply reply = get(running.port(), "/healthz");
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.has("Retry-After: 1"));
  held.clear();
  std::string metrics;
  while (metrics.empty()) {  // until the service has seen one of them go
    const Reply answer = get(running.port(), "/metrics");
    if (answer.status == 200) metrics = answer.body;
  }
  EXPECT_NE(metrics.find("pellucid_requests_total{route=\"/healthz\",status=\"503\"} 1\n"), std::string::npos);
  EXPECT_NE(metrics.find("pellucid_request_seconds_count{route=\"/healthz\"} 4\n"), std::string::npos) << metrics;
}

TEST(Limits, BrokenRequestsHurtNobody) {
  Running running;
  SplitMix64 random(3);
  const std::string good = request_text("POST", "/v1/predict", R"({"text": "film"})");
  for (int i = 0; i < 200; ++i) {
    std::string broken = good.substr(0, random.below(good.size() + 1));
    for (std::uint64_t changes = random.below(4); changes > 0 && !broken.empty(); --changes) {
      broken[random.below(broken.size())] = static_cast<char>(random.below(256));
    }
    Connection connection(running.port());
    connection.send(broken);
  }
  EXPECT_EQ(post(running.port(), "/v1/predict", R"({"text": "film"})").status, 200);
}

}  // namespace
}  // namespace pellucid
