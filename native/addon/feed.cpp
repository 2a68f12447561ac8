#include "addon/feed.h"

#include <optional>

#include "addon/environment.h"
#include "addon/job.h"

namespace cochlea {

namespace {

const napi_type_tag& tag() {
  static const napi_type_tag tag = {0x2b61c07fd05e4e13, reinterpret_cast<uint64_t>(&tag)};
  return tag;
}

// Waits for room without a thread: the feed's reader reports the end of the step.
class RoomJob final : public Job {
 public:
  RoomJob(Environment& environment, std::shared_ptr<Feed> feed)
      : Job(environment, std::make_shared<Cancellation>()), feed_(std::move(feed)) {}

  bool withdraw() override { return feed_->forget_room(); }
  // Room matters only while a decode runs, which holds the loop itself.
  bool holds_loop() const override { return false; }

 protected:
  void step() override {}
  std::optional<Napi::Value> after_step(Napi::Env env) override { return Napi::Boolean::New(env, feed_->wanted()); }

 private:
  std::shared_ptr<Feed> feed_;
};

}  // namespace

void FeedLink::begin() noexcept {
  ThreadPool::waiting().begin();
  if (reader != nullptr) reader->report_stall();
}

void FeedLink::end(bool stopping) noexcept { ThreadPool::waiting().end(stopping); }

Napi::Function FeedHandle::define(Napi::Env env) {
  return DefineClass(env, "Feed",
                     {InstanceMethod<&FeedHandle::push>("push"), InstanceMethod<&FeedHandle::room>("room"),
                      InstanceMethod<&FeedHandle::end>("end"), InstanceMethod<&FeedHandle::fail>("fail"),
                      InstanceMethod<&FeedHandle::close>("close")});
}

FeedHandle::FeedHandle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<FeedHandle>(info) {
  info.This().As<Napi::Object>().TypeTag(&tag());
  link_ = std::make_shared<FeedLink>(info[0].As<Napi::Number>().DoubleValue(), info[1].As<Napi::String>().Utf8Value());
}

std::shared_ptr<FeedLink> FeedHandle::from(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&tag())) return nullptr;
  return Unwrap(value.As<Napi::Object>())->link_;
}

Napi::Value FeedHandle::push(const Napi::CallbackInfo& info) {
  const auto bytes = info[0].As<Napi::Uint8Array>();
  const bool room = link_->feed->push({bytes.Data(), bytes.ByteLength()});
  wake_reader(info.Env());
  return Napi::Boolean::New(info.Env(), room);
}

void FeedHandle::end(const Napi::CallbackInfo& info) {
  link_->feed->end();
  wake_reader(info.Env());
}

void FeedHandle::fail(const Napi::CallbackInfo& info) {
  link_->feed->fail();
  wake_reader(info.Env());
}

void FeedHandle::close(const Napi::CallbackInfo& info) {
  link_->feed->close();
  wake_reader(info.Env());
}

void FeedHandle::wake_reader(Napi::Env env) const {
  if (link_->reader != nullptr) env.GetInstanceData<Environment>()->hold(*link_->reader);
}

Napi::Value FeedHandle::room(const Napi::CallbackInfo& info) {
  auto& environment = *info.Env().GetInstanceData<Environment>();
  auto job = std::make_unique<RoomJob>(environment, link_->feed);
  RoomJob& waiting = *job;
  const Napi::Promise promise = environment.start_waiting(std::move(job));
  link_->feed->when_room([&environment, &waiting] { environment.step_ended(waiting); });
  return promise;
}

}  // namespace cochlea
