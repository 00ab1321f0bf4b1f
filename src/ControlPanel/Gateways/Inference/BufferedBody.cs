using System.Text;
using ControlPanel.Verification.Inference;
using Microsoft.Extensions.Primitives;

namespace ControlPanel.Gateways.Inference;

/// <summary>What a body says about the model it wants.</summary>
/// <param name="Model"><see langword="null"/> when it names none.</param>
internal readonly record struct ModelWish(string? Model, bool NamesOthers, BodyFault Fault);

/// <summary>
/// A request's whole body in memory: the model may stand at its end, and what was judged must be what is forwarded, byte
/// for byte. The array is not pooled: a forwarder that was cut off may still read it.
/// </summary>
internal sealed class BufferedBody
{
    private const int FirstSize = 16 * 1024;

    private readonly byte[] _bytes;
    private readonly int _length;

    private BufferedBody(byte[] bytes, int length)
    {
        _bytes = bytes;
        _length = length;
    }

    /// <summary>Reads the body to its end.</summary>
    /// <returns><see langword="null"/> when it is longer than the limit.</returns>
    public static async Task<BufferedBody?> ReadAsync(HttpRequest request, int limit, CancellationToken ct)
    {
        if (request.ContentLength > limit)
        {
            return null;
        }

        // Grows with what arrives: a length that is merely announced costs nothing.
        var bytes = new byte[Math.Min(FirstSize, limit)];
        var length = 0;
        while (true)
        {
            var read = await request.Body.ReadAsync(bytes.AsMemory(length), ct);
            if (read == 0)
            {
                return new BufferedBody(bytes, length);
            }

            length += read;
            if (length < bytes.Length)
            {
                continue;
            }

            if (length == limit)
            {
                return await IsAtEndAsync(request.Body, ct) ? new BufferedBody(bytes, length) : null;
            }

            Array.Resize(ref bytes, (int)Math.Min(limit, 2L * bytes.Length));
        }
    }

    /// <summary>Finds the model in it.</summary>
    public ModelWish FindModel(StringValues contentType, string field)
    {
        Span<byte> name = stackalloc byte[32];
        name = name[..Encoding.ASCII.GetBytes(field, name)];
        var type = contentType.Count == 1 ? contentType[0] : null;
        switch (BodyType.Read(type, out var boundary))
        {
            case BodyForm.Json:
                Span<byte> buffer = stackalloc byte[NamedModel.BufferSize];
                return ToWish(JsonModelReader.Read(_bytes.AsSpan(0, _length), name, buffer));
            case BodyForm.Form:
                return ToWish(FormModelReader.Read(_bytes.AsSpan(0, _length), boundary, name));
            case BodyForm.Unsupported:
            default:
                return new ModelWish(null, NamesOthers: false, BodyFault.UnsupportedType);
        }
    }

    /// <summary>Puts it back in the request's place, with its length.</summary>
    public void PutBack(HttpRequest request)
    {
        request.Body = new MemoryStream(_bytes, 0, _length, writable: false);
        request.Headers.TransferEncoding = StringValues.Empty;
        request.ContentLength = _length;
    }

    private static async Task<bool> IsAtEndAsync(Stream stream, CancellationToken ct) =>
        await stream.ReadAsync(new byte[1], ct) == 0;

    private static ModelWish ToWish(in NamedModel model) =>
        new(model.Name.IsEmpty ? null : Encoding.UTF8.GetString(model.Name), model.NamesOthers, model.Fault);
}
