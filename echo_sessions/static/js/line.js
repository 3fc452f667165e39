// Tests camera, microphone, loudspeaker and line. Picture and sound stay in this window: nothing is recorded or sent.
import { words } from "./net.js";

const QUIET_AFTER = 8000;
const HEARD_AT = 0.04;
const LONGEST = 15000;
const MEASURABLE = 50;
const GOOD = { delay: 200, speed: 2 };
const FAIR = { delay: 500, speed: 0.5 };

export function start() {
  const place = document.querySelector("[data-line]");
  const part = (name) => place.querySelector(`[data-${name}]`);
  const say = (where, what, values) => (part(`${where}-said`).textContent = words(place.dataset[what], values));
  document.querySelector("[data-plain]").hidden = true;
  place.hidden = false;
  devices(part, say);
  loudspeaker(part, say);
  part("measure").addEventListener("click", async () => {
    part("measure").disabled = true;
    say("line", "lineRuns");
    const { verdict, ...values } = await measure(place.dataset);
    say("line", verdict, values);
    part("measure").disabled = false;
  });
}

function devices(part, say) {
  let streams = [];
  let sound = null;
  const stop = () => {
    for (const track of streams.flatMap((stream) => stream.getTracks())) track.stop();
    sound?.close();
    [streams, sound] = [[], null];
    part("picture").srcObject = null;
    for (const name of ["picture", "level", "stop"]) part(name).hidden = true;
  };
  const ask = async (kind, name) => {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ [kind]: true });
      streams.push(stream);
      return stream;
    } catch (fault) {
      say(name, name + ({ NotFoundError: "Missing", OverconstrainedError: "Missing", NotReadableError: "Busy", AbortError: "Busy" }[fault.name] ?? "Refused"));
      return null;
    }
  };
  part("start").addEventListener("click", async () => {
    stop();
    if (!navigator.mediaDevices?.getUserMedia) return say("camera", "none");
    say("camera", "asks");
    say("mic", "");
    const picture = await ask("video", "camera");
    if (picture) {
      part("picture").srcObject = picture;
      part("picture").hidden = false;
      await part("picture").play();
      say("camera", "cameraGood");
    }
    const voice = await ask("audio", "mic");
    if (voice) {
      sound = new AudioContext();
      part("level").hidden = false;
      say("mic", "micWaits");
      listen(sound, voice, part("level").querySelector("meter"), (what) => say("mic", what));
    }
    part("stop").hidden = streams.length === 0;
  });
  part("stop").addEventListener("click", () => {
    stop();
    say("camera", "");
    say("mic", "");
  });
  addEventListener("pagehide", stop);
}

/** Shows how loud it is until the context is closed, and says once that something, or nothing, is heard. */
function listen(sound, voice, meter, say) {
  const ear = sound.createAnalyser();
  const wave = new Float32Array(ear.fftSize);
  sound.createMediaStreamSource(voice).connect(ear);
  sound.resume();
  const since = performance.now();
  let loud = 0;
  let said = "";
  const look = () => {
    if (sound.state === "closed") return;
    ear.getFloatTimeDomainData(wave);
    const level = Math.min(1, Math.sqrt(wave.reduce((sum, each) => sum + each * each, 0) / wave.length) * 4);
    meter.value = level;
    loud += level > HEARD_AT ? 1 : 0;
    const now = loud >= 3 ? "micGood" : performance.now() - since > QUIET_AFTER ? "micQuiet" : "";
    if (now && now !== said) say((said = now));
    setTimeout(look, 60);
  };
  look();
}

function loudspeaker(part, say) {
  part("tone").addEventListener("click", async () => {
    say("tone", "");
    try {
      const sound = new AudioContext();
      const [tone, volume] = [sound.createOscillator(), sound.createGain()];
      tone.frequency.value = 440;
      volume.gain.setValueAtTime(0.0001, sound.currentTime);
      volume.gain.linearRampToValueAtTime(0.3, sound.currentTime + 0.1);
      volume.gain.linearRampToValueAtTime(0.0001, sound.currentTime + 1.5);
      tone.connect(volume).connect(sound.destination);
      tone.onended = () => sound.close();
      await sound.resume();
      tone.start();
      tone.stop(sound.currentTime + 1.6);
      part("heard").hidden = false;
    } catch {
      say("tone", "toneFailed");
    }
  });
  part("yes").addEventListener("click", () => say("tone", "toneGood"));
  part("no").addEventListener("click", () => say("tone", "toneBad"));
}

/** Fetches it fresh; milliseconds it took. Throws when it does not come whole in good time. */
async function timed(url) {
  const since = performance.now();
  const answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(LONGEST) });
  if (!answer.ok) throw new Error(String(answer.status));
  await answer.arrayBuffer();
  return performance.now() - since;
}

async function measure({ small, large, bytes }) {
  try {
    await timed(small);
    const delays = [];
    for (let count = 0; count < 5; count += 1) delays.push(await timed(small));
    const delay = delays.sort((one, other) => one - other)[2];
    let took = 0;
    for (let count = 0; count < 3; count += 1) took += await timed(large);
    const speed = (3 * bytes * 8) / 1000 / Math.max(1, took); // the waiting is in it: rather too little than too much
    const is = (least) => delay <= least.delay && speed >= least.speed;
    const verdict = is(GOOD) ? "lineGood" : is(FAIR) ? "lineFair" : "linePoor";
    return { verdict, delay: Math.round(delay), speed: speed > MEASURABLE ? `${MEASURABLE}+` : speed < 10 ? speed.toFixed(1) : Math.round(speed) };
  } catch {
    return { verdict: "lineNone" };
  }
}
