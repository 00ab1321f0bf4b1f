using System.Text;

namespace ControlPanel.Tests.Unit.Verification.Inference;

/// <summary>Bodies as an attacker would try them: valid ones with pieces repeated, moved, cut and disguised.</summary>
internal static class BodyMutations
{
    public const string Boundary = "----form-0123=456";

    private static readonly string[] s_json =
    [
        """{"model":"allowed","messages":[{"role":"user","content":"hi"}],"stream":true}""",
        """{"messages":[{"role":"user","content":"say \"model\":\"x\""}],"model":"allowed"}""",
        """{"input":["a","b"],"model":"allowed","encoding_format":"base64","dimensions":12}""",
        """{"tools":[{"type":"function","function":{"name":"f","parameters":{"model":"inner"}}}],"model":"allowed"}""",
    ];

    private static readonly string[] s_jsonPieces =
    [
        "\"model\":\"other\",",
        ",\"model\":\"other\"",
        "\"Model\":\"other\",",
        "\"mod\\u0065l\":\"other\",",
        "\"model\\u0000\":\"other\",",
        "\"model\"",
        "\"model\":",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"",
        "\\",
        "\0",
        "/*",
        "*/",
        "//",
        "\n",
        "\ufeff",
        "\\u006d",
        "\\ud800",
        "null",
        "1e9",
        " ",
        "other",
    ];

    private static readonly string[] s_formPieces =
    [
        $"\r\n--{Boundary}\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nother",
        $"\n--{Boundary}\nContent-Disposition: form-data; name=\"model\"\n\nother\n",
        $"--{Boundary}\r\n",
        $"\r\n--{Boundary}",
        $"\r\n--{Boundary}--\r\n",
        $"\n--{Boundary}--",
        "Content-Disposition: form-data; name=model\r\n",
        "Content-Disposition: form-data; name=\"Model\"\r\n",
        "name=\"model\"",
        "; name=model",
        "; filename=\"x",
        "; name*=utf-8''model",
        "model",
        "other",
        "\r\n\r\n",
        "\r\n",
        "\n",
        "\r",
        "\"",
        "\\",
        "\\\"",
        ";",
        "=",
        " ",
        "\t",
        "\0",
        "--",
        ":",
    ];

    public static byte[] Json(Random random) =>
        Mutate(Encoding.UTF8.GetBytes(s_json[random.Next(s_json.Length)]), s_jsonPieces, random);

    public static byte[] Form(Random random)
    {
        var model = random.Next(2) == 0 ? "name=\"model\"" : "name=model";
        var text =
            $"--{Boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
            + "Content-Type: application/octet-stream\r\n\r\nRIFF\r\n-- x\r\n\r\n"
            + $"--{Boundary}\r\nContent-Disposition: form-data; {model}\r\n\r\nallowed\r\n"
            + $"--{Boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=prompt\r\n\r\nx"
            + $"\r\n--{Boundary}--\r\n";
        return Mutate(Encoding.UTF8.GetBytes(text), s_formPieces, random);
    }

    private static byte[] Mutate(byte[] body, string[] pieces, Random random)
    {
        var bytes = new List<byte>(body);
        for (var count = random.Next(1, 5); count > 0 && bytes.Count > 0; count--)
        {
            var at = random.Next(bytes.Count);
            var length = random.Next(1, Math.Min(24, bytes.Count - at) + 1);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, random.Next(3) == 0 ? length : 1);
                    break;
                case 2:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes[at] ^= 0x20;
                    break;
                default:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(pieces[random.Next(pieces.Length)]));
                    break;
            }
        }

        return [.. bytes];
    }
}
