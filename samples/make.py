#!/usr/bin/env python3
"""Draws the pictures and packs the bundles in this folder. Same Pillow, same bytes.

    pip install pillow && python3 samples/make.py

Every shape is drawn here; nothing is taken from anywhere else. Type is DejaVu, which Pillow or the system brings.
"""

import io
import math
import pathlib
import zipfile

from PIL import Image, ImageDraw, ImageFilter, ImageFont

HERE = pathlib.Path(__file__).parent
FONTS = pathlib.Path("/usr/share/fonts/truetype/dejavu")
SCALE = 4  # everything is drawn four times as large and scaled down, so that edges are smooth

CREAM, INK = (255, 246, 232), (24, 18, 38)
AURORA = [(18, 16, 44), (44, 34, 92), (88, 52, 120)]
NORTH = [(12, 58, 84), (22, 104, 122), (92, 176, 160)]


def font(name, size):
    return ImageFont.truetype(str(FONTS / f"DejaVu{name}.ttf"), int(size * SCALE))


def gradient(size, stops, angle=0.35):
    """A smooth run through the stops, top-left to bottom-right."""
    w, h = size
    ramp = Image.new("RGB", (512, 1))
    for x in range(512):
        t = x / 511 * (len(stops) - 1)
        i = min(int(t), len(stops) - 2)
        f = t - i
        ramp.putpixel((x, 0), tuple(round(a + (b - a) * f) for a, b in zip(stops[i], stops[i + 1])))
    small = Image.new("RGB", (64, 64))
    for y in range(64):
        for x in range(64):
            t = (x / 63) * (1 - angle) + (y / 63) * angle
            small.putpixel((x, y), ramp.getpixel((min(511, int(t * 511)), 0)))
    return small.resize((w, h), Image.BICUBIC)


class Ad:
    def __init__(self, width, height, stops):
        self.w, self.h = width, height
        self.im = gradient((width * SCALE, height * SCALE), stops)

    def draw(self):
        return ImageDraw.Draw(self.im, "RGBA")

    def glow(self, points, colour, width, blur):
        """A soft band of light along the points."""
        layer = Image.new("RGBA", self.im.size, (0, 0, 0, 0))
        d = ImageDraw.Draw(layer)
        d.line([(x * SCALE, y * SCALE) for x, y in points], fill=colour, width=int(width * SCALE), joint="curve")
        layer = layer.filter(ImageFilter.GaussianBlur(blur * SCALE))
        self.im.paste(layer, (0, 0), layer)

    def text(self, x, y, words, face, size, colour=CREAM, anchor="la"):
        d = self.draw()
        d.text((x * SCALE, y * SCALE), words, font=font(face, size), fill=colour, anchor=anchor)

    def width_of(self, words, face, size):
        return font(face, size).getlength(words) / SCALE

    def button(self, x, y, words, size=13, fill=(255, 176, 72), ink=INK, pad=12):
        w = self.width_of(words, "Sans-Bold", size) + 2 * pad
        h = size * 2.1
        d = self.draw()
        d.rounded_rectangle([x * SCALE, y * SCALE, (x + w) * SCALE, (y + h) * SCALE], radius=h / 2 * SCALE, fill=fill)
        self.text(x + w / 2, y + h / 2, words, "Sans-Bold", size, ink, anchor="mm")
        return w, h

    def lights(self, y, amp):
        """The aurora: three bands across the sky."""
        for k, (colour, shift) in enumerate([((72, 230, 170, 120), 0.0), ((120, 170, 255, 110), 1.3), ((230, 120, 220, 90), 2.4)]):
            points = [
                (x, y + k * amp * 0.55 + math.sin(x / max(self.w, 200) * 5 + shift) * amp)
                for x in range(-20, self.w + 21, 4)
            ]
            self.glow(points, colour, amp * 0.5, amp * 0.28)

    def cup(self, cx, base, size):
        """A cup of coffee with steam; `base` is the line it stands on."""
        s = size * SCALE
        x, y = cx * SCALE, base * SCALE
        for k in (-1, 0, 1):
            pts = [
                (cx + k * size * 0.17 + math.sin(t / 7 + k) * size * 0.05, base - size * 0.74 - t / 40 * size * 0.52)
                for t in range(0, 41)
            ]
            self.glow(pts, (255, 255, 255, 130), size * 0.045, size * 0.02)
        d = self.draw()
        d.ellipse([x - s * 0.62, y - s * 0.09, x + s * 0.62, y + s * 0.09], fill=(0, 0, 0, 60))
        d.ellipse([x - s * 0.58, y - s * 0.12, x + s * 0.58, y + s * 0.05], fill=(240, 226, 206))
        d.ellipse([x + s * 0.24, y - s * 0.52, x + s * 0.62, y - s * 0.18], outline=CREAM, width=int(s * 0.075))
        d.rounded_rectangle([x - s * 0.40, y - s * 0.62, x + s * 0.40, y - s * 0.02], radius=s * 0.24, fill=CREAM)
        d.rectangle([x - s * 0.40, y - s * 0.62, x + s * 0.40, y - s * 0.40], fill=CREAM)
        d.ellipse([x - s * 0.40, y - s * 0.70, x + s * 0.40, y - s * 0.54], fill=(250, 238, 220))
        d.ellipse([x - s * 0.34, y - s * 0.675, x + s * 0.34, y - s * 0.565], fill=(92, 52, 30))
        d.ellipse([x - s * 0.18, y - s * 0.655, x + s * 0.14, y - s * 0.60], fill=(164, 104, 62))

    def hills(self, base, height, seed=0):
        """Two ranges of hills above the lower edge."""
        d = self.draw()
        for k, colour in enumerate([(14, 70, 92, 255), (10, 46, 66, 255)]):
            pts = [(0, self.h)]
            for x in range(0, self.w + 5, 4):
                y = base - height * (0.6 - 0.35 * k) * (
                    0.55 + 0.45 * math.sin(x / (58 - 16 * k) + seed + k * 2) * math.cos(x / (97 + 11 * k) + seed)
                )
                pts.append((x, y))
            pts.append((self.w, self.h))
            d.polygon([(x * SCALE, y * SCALE) for x, y in pts], fill=colour)

    def sun(self, cx, cy, r):
        for k, alpha in ((2.6, 26), (1.8, 44), (1.0, 255)):
            d = self.draw()
            d.ellipse([(cx - r * k) * SCALE, (cy - r * k) * SCALE, (cx + r * k) * SCALE, (cy + r * k) * SCALE], fill=(255, 214, 130, alpha))

    def bike(self, cx, base, size, turn=0.0, frame=(255, 108, 72)):
        """A bicycle that stands on `base`; `turn` turns its wheels."""
        r = size * 0.27
        left, right = (cx - size * 0.36, base - r), (cx + size * 0.36, base - r)
        d = self.draw()

        def line(a, b, w, c):
            d.line([a[0] * SCALE, a[1] * SCALE, b[0] * SCALE, b[1] * SCALE], fill=c, width=max(1, int(w * SCALE)))
            for p in (a, b):
                q = w / 2
                d.ellipse([(p[0] - q) * SCALE, (p[1] - q) * SCALE, (p[0] + q) * SCALE, (p[1] + q) * SCALE], fill=c)

        for x, y in (left, right):
            for k in range(8):
                a = turn + k * math.pi / 4
                line((x, y), (x + r * math.cos(a), y + r * math.sin(a)), size * 0.006, (235, 243, 240, 190))
            d.ellipse([(x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE], outline=(18, 26, 34), width=int(size * 0.035 * SCALE))
            d.ellipse([(x - r * 0.9) * SCALE, (y - r * 0.9) * SCALE, (x + r * 0.9) * SCALE, (y + r * 0.9) * SCALE], outline=(226, 232, 230), width=max(1, int(size * 0.010 * SCALE)))
        pedal = (cx - size * 0.04, base - r)
        seat = (cx - size * 0.15, base - size * 0.60)
        head = (cx + size * 0.25, base - size * 0.60)
        w = size * 0.032
        for a, b in ((left, pedal), (left, seat), (pedal, seat), (pedal, head), (seat, head), (head, right)):
            line(a, b, w, frame)
        line((seat[0], seat[1]), (seat[0] - size * 0.03, seat[1] - size * 0.07), w, (40, 48, 56))
        line((seat[0] - size * 0.10, seat[1] - size * 0.085), (seat[0] + size * 0.05, seat[1] - size * 0.085), size * 0.045, (40, 48, 56))
        line(head, (head[0] - size * 0.03, head[1] - size * 0.11), w, (40, 48, 56))
        line((head[0] - size * 0.03, head[1] - size * 0.11), (head[0] + size * 0.10, head[1] - size * 0.13), w, (40, 48, 56))
        a = turn * 0.6
        line(pedal, (pedal[0] + size * 0.1 * math.cos(a), pedal[1] + size * 0.1 * math.sin(a)), w * 0.8, (40, 48, 56))
        d.ellipse([(pedal[0] - size * 0.05) * SCALE, (pedal[1] - size * 0.05) * SCALE, (pedal[0] + size * 0.05) * SCALE, (pedal[1] + size * 0.05) * SCALE], outline=(40, 48, 56), width=int(size * 0.018 * SCALE))

    def done(self):
        return self.im.resize((self.w, self.h), Image.LANCZOS)


def save(image, name, **options):
    image.save(HERE / name, **options)


# --- Aurora Coffee ---------------------------------------------------------------------------------------------


def leaderboard():
    ad = Ad(728, 90, AURORA)
    ad.lights(20, 16)
    ad.cup(76, 80, 62)
    ad.text(146, 17, "AURORA COFFEE", "Sans-Bold", 11, (160, 240, 206))
    ad.text(146, 33, "Roasted under the northern lights", "Serif-Bold", 21)
    ad.text(146, 62, "Single origin · roasted on Mondays, with you by Thursday", "Sans", 11.5, (214, 208, 232))
    ad.button(606, 31, "Order now", 13)
    return ad.done()


def aurora_rectangle():
    ad = Ad(300, 250, AURORA)
    ad.lights(46, 30)
    ad.cup(222, 226, 112)
    ad.text(20, 20, "AURORA COFFEE", "Sans-Bold", 11, (160, 240, 206))
    ad.text(20, 42, "Wake up", "Serif-Bold", 30)
    ad.text(20, 78, "to the north.", "Serif-Bold", 30)
    ad.text(20, 124, "Fresh beans,", "Sans", 13, (226, 220, 240))
    ad.text(20, 142, "every Thursday.", "Sans", 13, (226, 220, 240))
    ad.button(20, 198, "Try a bag", 13)
    return ad.done()


def billboard():
    ad = Ad(970, 250, AURORA)
    ad.lights(58, 38)
    ad.cup(176, 222, 158)
    ad.text(352, 44, "AURORA COFFEE", "Sans-Bold", 14, (160, 240, 206))
    ad.text(352, 70, "Long nights make", "Serif-Bold", 42)
    ad.text(352, 120, "good coffee.", "Serif-Bold", 42)
    ad.text(352, 182, "Slow-roasted in Tromsø. Free delivery from two bags.", "Sans", 15, (226, 220, 240))
    ad.button(796, 102, "See the beans", 15)
    return ad.done()


# --- Northwind Bikes -------------------------------------------------------------------------------------------


def skyscraper():
    ad = Ad(160, 600, [(246, 196, 120), (240, 142, 100), (30, 104, 122)][::-1])
    ad.sun(112, 300, 26)
    ad.hills(500, 150, 1)
    ad.bike(80, 540, 116)
    ad.text(80, 28, "NORTHWIND", "Sans-Bold", 15, CREAM, "ma")
    ad.text(80, 47, "BIKES", "Sans-Bold", 15, (255, 214, 130), "ma")
    for k, words in enumerate(["Leave", "the", "road", "behind."]):
        ad.text(80, 96 + k * 34, words, "Serif-Bold", 27, CREAM, "ma")
    w = ad.width_of("Find yours", "Sans-Bold", 12) + 24
    ad.button(80 - w / 2, 560, "Find yours", 12, (255, 214, 130))
    return ad.done()


def mobile():
    ad = Ad(320, 50, NORTH)
    ad.hills(58, 40, 2)
    ad.bike(34, 46, 50)
    ad.text(72, 9, "NORTHWIND BIKES", "Sans-Bold", 8.5, (255, 226, 160))
    ad.text(72, 23, "A bike for free. Really.", "Serif-Bold", 12.5)
    ad.button(248, 14, "Claim it", 10, (255, 214, 130), pad=9)
    return ad.done()


def rectangle_frames():
    frames = []
    lines = ["Up the hill.", "Over the hill.", "Down the hill.", "Northwind."]
    for k in range(12):
        ad = Ad(300, 250, NORTH)
        ad.sun(244, 132, 18)
        ad.hills(206, 90, 0.5 + k * 0.04)
        ad.bike(40 + k * 18 if k < 11 else 238, 214 - 8 * math.sin(k / 3.2), 92, k * 0.7)
        ad.text(20, 20, "NORTHWIND BIKES", "Sans-Bold", 11, (255, 226, 160))
        ad.text(20, 40, lines[min(k // 3, 3)], "Serif-Bold", 27)
        ad.text(20, 76, "Twelve gears, one excuse fewer.", "Sans", 11.5, (222, 240, 236))
        ad.button(20, 216, "Test ride", 11.5, (255, 214, 130))
        frames.append(ad.done())
    return frames


def native_main():
    ad = Ad(1200, 627, NORTH)
    ad.sun(930, 170, 62)
    ad.hills(520, 250, 1.7)
    ad.bike(560, 566, 400)
    return ad.done()


def native_icon():
    ad = Ad(120, 120, NORTH)
    ad.bike(60, 88, 92)
    return ad.done()


def poster():
    ad = Ad(1280, 720, AURORA)
    ad.lights(170, 90)
    ad.cup(880, 620, 400)
    ad.text(96, 160, "AURORA COFFEE", "Sans-Bold", 26, (160, 240, 206))
    ad.text(96, 220, "Wake up to", "Serif-Bold", 78)
    ad.text(96, 316, "the north.", "Serif-Bold", 78)
    ad.text(96, 446, "15 seconds of quiet.", "Sans", 28, (226, 220, 240))
    return ad.done()


# --- HTML5 bundles ---------------------------------------------------------------------------------------------


def page(size, title, head, body, script):
    w, h = size
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="ad.size" content="width={w},height={h}">
<title>{title}</title>
<link rel="stylesheet" href="style.css">
{head}</head>
<body>
{body}
{script}</body>
</html>
"""


def style(size, extra):
    w, h = size
    return f"""* {{ box-sizing: border-box; margin: 0; }}
body {{ width: {w}px; height: {h}px; overflow: hidden; font-family: "Helvetica Neue", Arial, sans-serif; }}
#ad {{ position: relative; display: block; width: {w}px; height: {h}px; overflow: hidden; color: #fff6e8; cursor: pointer; }}
#ad img {{ position: absolute; inset: 0; width: 100%; height: 100%; }}
h1 {{ position: relative; font-family: Georgia, serif; }}
.cta {{ position: absolute; border-radius: 99px; background: #ffb048; color: #181226; font-weight: bold; text-align: center; }}
@keyframes rise {{ from {{ opacity: 0; transform: translateY(12px); }} to {{ opacity: 1; transform: none; }} }}
@keyframes pulse {{ 50% {{ transform: scale(1.06); }} }}
.cta {{ animation: rise .6s 1.2s both, pulse 1.4s 2s 6; }}
{extra}"""


def png(image, colours=64):
    out = io.BytesIO()
    image.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.FLOYDSTEINBERG).save(out, "PNG", optimize=True)
    return out.getvalue()


def jpeg(image, quality=82):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, progressive=False)
    return out.getvalue()


def pack(name, files):
    """A zip whose bytes depend on nothing but the files."""
    with zipfile.ZipFile(HERE / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files:
            entry = zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)


def html5_variable():
    size = (300, 250)
    sky = Ad(*size, AURORA)
    sky.lights(60, 34)
    sky.cup(216, 228, 120)
    html = page(
        size,
        "Aurora Coffee – wake up to the north",
        '<script>\nvar clickTag = "https://www.auroracoffee.example/try";\n</script>\n',
        '<a id="ad" href="javascript:void(window.open(clickTag))">\n<img src="images/sky.jpg" alt="">\n<p class="brand">AURORA COFFEE</p>\n<h1>Wake up<br>to the north.</h1>\n<span class="cta">Try a bag</span>\n</a>',
        "",
    )
    css = style(
        size,
        ".brand { position: relative; padding: 20px 20px 4px; font-size: 11px; font-weight: bold; letter-spacing: .08em; color: #a0f0ce; }\nh1 { padding: 0 20px; font-size: 28px; line-height: 1.15; animation: rise .8s .2s both; }\n.cta { left: 20px; bottom: 24px; padding: 7px 16px; font-size: 13px; }\n",
    )
    pack("aurora-html5-300x250.zip", [("index.html", html), ("style.css", css), ("images/sky.jpg", jpeg(sky.done()))])


def html5_enabler():
    size = (728, 90)
    road = Ad(*size, NORTH)
    road.sun(660, 22, 12)
    road.hills(96, 70, 0.3)
    bike = Ad(120, 90, NORTH)
    layer = Image.new("RGBA", (120 * SCALE, 90 * SCALE), (0, 0, 0, 0))
    bike.im = layer
    bike.bike(60, 84, 96)
    out = io.BytesIO()
    bike.done().quantize(64, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    html = page(
        size,
        "Northwind Bikes – leave the road behind",
        '<script src="https://s0.2mdn.net/ads/studio/Enabler.js"></script>\n',
        '<div id="ad">\n<img src="images/road.jpg" alt="">\n<img class="bike" src="images/bike.png" alt="">\n<h1>Leave the road behind.</h1>\n<p class="brand">NORTHWIND BIKES · since 1987</p>\n<span class="cta">Find yours</span>\n</div>',
        '<script src="ad.js"></script>\n',
    )
    css = style(
        size,
        "#ad .bike { inset: auto; left: 0; top: 0; width: 120px; height: 90px; animation: ride 3s ease-out both; }\n@keyframes ride { from { transform: translateX(-130px); } to { transform: translateX(16px); } }\nh1 { padding: 20px 0 2px 156px; font-size: 25px; animation: rise .8s .8s both; }\n.brand { position: relative; padding-left: 156px; font-size: 11px; letter-spacing: .08em; color: #ffe2a0; }\n.cta { right: 28px; top: 29px; padding: 8px 18px; font-size: 14px; background: #ffd682; }\n",
    )
    js = """document.getElementById("ad").addEventListener("click", function () {
  Enabler.exit("Background Exit");
});
"""
    pack(
        "northwind-html5-728x90.zip",
        [("index.html", html), ("style.css", css), ("ad.js", js), ("images/road.jpg", jpeg(road.done())), ("images/bike.png", out.getvalue())],
    )


def html5_query():
    size = (160, 600)
    tall = Ad(*size, AURORA)
    tall.lights(230, 60)
    tall.cup(80, 508, 112)
    html = page(
        size,
        "Aurora Coffee – good morning, midnight",
        "",
        '<a id="ad" target="_blank" rel="noopener">\n<img src="images/night.jpg" alt="">\n<p class="brand">AURORA<br>COFFEE</p>\n<h1>Good morning, midnight.</h1>\n<span class="cta">Order now</span>\n</a>',
        '<script src="ad.js"></script>\n',
    )
    css = style(
        size,
        ".brand { position: relative; padding: 28px 16px 18px; font-size: 15px; font-weight: bold; letter-spacing: .08em; color: #a0f0ce; text-align: center; }\nh1 { padding: 0 16px; font-size: 25px; line-height: 1.2; text-align: center; animation: rise .8s .2s both; }\n.cta { left: 24px; right: 24px; bottom: 28px; padding: 9px 0; font-size: 13px; }\n",
    )
    js = """var query = new URLSearchParams(location.search);
var clickTag = query.get("clickTag") || "https://www.auroracoffee.example/order";
document.getElementById("ad").href = clickTag;
"""
    pack(
        "aurora-html5-160x600.zip",
        [("index.html", html), ("style.css", css), ("ad.js", js), ("images/night.jpg", jpeg(tall.done()))],
    )


def html5_wrong():
    """No click tag, no `ad.size`, a script over plain http, an archive inside the archive, and far too heavy."""
    size = (300, 250)
    heavy = Image.effect_noise((720, 600), 90).convert("RGB")
    wash = gradient((720, 600), NORTH)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr(zipfile.ZipInfo("source.txt", (2026, 1, 1, 0, 0, 0)), "the layered file of the designer\n")
    html = """<html>
<head>
<title>Northwind Bikes – spring sale</title>
<script src="http://stats.northwindbikes.example/count.js"></script>
<link rel="stylesheet" href="style.css">
</head>
<body>
<div id="ad"><img src="images/spring.jpg" alt=""><h1>Spring sale</h1></div>
</body>
</html>
"""
    css = style(size, "h1 { padding: 20px; }\n")
    pack(
        "wrong-html5-300x250.zip",
        [
            ("index.html", html),
            ("style.css", css),
            ("images/spring.jpg", jpeg(Image.blend(heavy, wash, 0.5), 96)),
            ("designer-files.zip", inner.getvalue()),
        ],
    )


def truncated():
    """A picture whose upload was cut in the middle."""
    data = (HERE / "aurora-728x90.png").read_bytes()
    (HERE / "wrong-truncated-728x90.png").write_bytes(data[: len(data) * 3 // 5])


def escape():
    """A bundle with a file that would be unpacked outside of it."""
    html = page((300, 250), "Northwind Bikes", "", '<div id="ad"><h1>Northwind</h1></div>', "")
    pack(
        "wrong-path-escape.zip",
        [("index.html", html), ("style.css", style((300, 250), "")), ("../../etc/cron.d/northwind", "* * * * * root true\n")],
    )


def main():
    image = leaderboard()
    (HERE / "aurora-728x90.png").write_bytes(png(image, 256))
    save(aurora_rectangle(), "aurora-300x250.jpg", quality=88, optimize=True)
    save(billboard(), "aurora-970x250.jpg", quality=86, optimize=True)
    save(skyscraper(), "northwind-160x600.webp", quality=84, method=6)
    (HERE / "northwind-320x50.png").write_bytes(png(mobile(), 128))
    frames = rectangle_frames()
    palette = frames[5].quantize(96, method=Image.Quantize.MEDIANCUT)
    frames = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    # 11 frames of 0.4 s and a last one of 3 s: 7.4 s a pass, twice, then it stands still.
    save(frames[0], "northwind-300x250.gif", save_all=True, append_images=frames[1:], duration=[400] * 11 + [3000], loop=1, optimize=True)
    save(native_main(), "northwind-native-1200x627.jpg", quality=82, optimize=True)
    (HERE / "northwind-native-icon-120.png").write_bytes(png(native_icon(), 96))
    save(poster(), "aurora-poster-1280x720.jpg", quality=80, optimize=True)
    html5_variable()
    html5_enabler()
    html5_query()
    html5_wrong()
    truncated()
    escape()


if __name__ == "__main__":
    main()
