// Korean particles by the sound before them, as josa.py of the pages chooses them.
const UNREAD = /["')\]}>”’」』*·. ]+$/;
const CLOSED = "1036780lmnr";
const RIEUL = "178lr";

export function withJosa(text) {
  return text.replace(/\[([가-힣]+)\/([가-힣]+)\]/g, (slot, closed, opened, at) => choose(text.slice(0, at), closed, opened));
}

function choose(before, closed, opened) {
  const sound = before.replace(UNREAD, "").slice(-1).toLowerCase();
  const rieul = closed.startsWith("으로");
  if (sound >= "가" && sound <= "힣") {
    const final = (sound.charCodeAt(0) - 0xac00) % 28;
    return final === 0 || (rieul && final === 8) ? opened : closed;
  }
  if (sound && rieul && RIEUL.includes(sound)) return opened;
  return sound && CLOSED.includes(sound) ? closed : opened;
}
