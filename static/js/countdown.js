// The water clock ticks. It runs on the server's time, so that a wrong clock in the phone does no harm.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function parts(left) {
  const hours = Math.floor(left / HOUR);
  const minutes = Math.floor((left % HOUR) / MINUTE);
  if (left >= 48 * HOUR) return [[Math.floor(hours / 24), "天"], [hours % 24, "小时"]];
  if (hours) return [[hours, "小时"], [minutes, "分"]];
  return [[minutes, "分"], [Math.floor((left % MINUTE) / 1000), "秒"]];
}

function start(clock) {
  const locks = Date.parse(clock.dataset.uiCountdown);
  const from = Date.parse(clock.dataset.uiCountdownFrom);
  const drawn = Date.parse(clock.dataset.uiCountdownNow);
  const time = clock.querySelector("[data-ui-countdown-time]");
  const marks = [...clock.querySelectorAll(".ui-clock__scale li")];
  const opened = performance.now();
  let shown = "";

  function draw() {
    const now = drawn + (performance.now() - opened);
    const left = Math.max(locks - now, 0);
    const gone = Math.floor((now - from) * marks.length / Math.max(locks - from, 1));
    marks.forEach((mark, index) => {
      mark.className = left === 0 || index < gone ? "is-gone" : index === gone ? "is-now" : "";
    });
    const next = left === 0 ? [] : parts(left);
    if (String(next) !== shown) {
      shown = String(next);
      time.replaceChildren(...next.flatMap(([amount, unit]) => {
        const word = document.createElement("span");
        word.className = "ui-clock__unit";
        word.textContent = unit;
        return [String(amount), word];
      }));
    }
    if (left === 0) {
      clock.querySelector("[data-ui-countdown-label]").textContent = "已锁定";
      clock.querySelector("[data-ui-countdown-over]").hidden = false;
      clearInterval(timer);
    }
  }

  const timer = setInterval(draw, 1000);
  if (locks > drawn) draw();
  else clearInterval(timer);
}

for (const clock of document.querySelectorAll("[data-ui-countdown]")) start(clock);
