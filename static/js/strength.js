// How hard a new password is to guess: a hint while typing. What is accepted is decided by the server.

const WORDS = ["", "弱：太短，或者太容易猜", "一般：再长一点，或换几个不常见的字符", "强"];
const COMMON = ["password", "qwerty", "abc123", "woaini", "iloveyou", "admin", "111111", "123456", "5201314", "1314520"];

function has(value, piece) {
  return piece.length >= 4 && value.includes(piece.toLowerCase());
}

function runs(value) {
  // Letters or digits that follow each other (abcd, 4321) or repeat (aaaa) add nothing.
  let count = 0;
  for (let i = 2; i < value.length; i += 1) {
    const step = value.charCodeAt(i) - value.charCodeAt(i - 1);
    if (Math.abs(step) <= 1 && step === value.charCodeAt(i - 1) - value.charCodeAt(i - 2)) count += 1;
  }
  return count;
}

function level(password, known) {
  if (!password) return 0;
  const value = password.toLowerCase();
  let worth = new Set(value).size + Math.max(value.length - 8, 0) * 0.5 - runs(value) * 1.5;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password)).length;
  worth += (kinds - 1) * 1.5;
  for (const piece of COMMON) if (value.includes(piece)) worth -= piece.length;
  for (const piece of known) if (has(value, piece)) worth -= piece.length + 4;
  if (password.length < 8 || worth < 8) return 1;
  return worth < 15 ? 2 : 3;
}

for (const meter of document.querySelectorAll("[data-ui-strength-for]")) {
  const input = document.getElementById(meter.dataset.uiStrengthFor);
  if (!input) continue;
  const others = (input.dataset.uiStrength ?? "").split(",").map((id) => id.trim()).filter(Boolean);
  const bar = meter.querySelector("progress");
  const word = meter.querySelector("[data-ui-strength-word]");
  const draw = () => {
    const known = others
      .map((id) => document.getElementById(id)?.value ?? "")
      .flatMap((value) => [value, ...value.split(/[@.\s-]/)])
      .filter(Boolean);
    const found = level(input.value, known);
    meter.hidden = found === 0;
    meter.dataset.level = String(found);
    bar.value = found;
    if (word.textContent !== WORDS[found]) word.textContent = WORDS[found];
  };
  input.addEventListener("input", draw);
  draw();
}
