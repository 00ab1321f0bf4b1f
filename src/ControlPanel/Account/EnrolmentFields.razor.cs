using System.Globalization;
using System.Text;
using ControlPanel.Data.Operations.Sessions;
using Microsoft.AspNetCore.Components;
using QRCoder;

namespace ControlPanel.Account;

/// <summary>What stands in a form that sets up an authenticator app: the code to scan, the key, the code to type.</summary>
public sealed partial class EnrolmentFields
{
    // Four modules of quiet around it (ISO/IEC 18004 section 6.3.8), which the matrix brings along.
    private string _dots = "";
    private string _key = "";
    private int _size;

    [Parameter, EditorRequired]
    public required Enrolment Enrolment { get; set; }

    [Parameter, EditorRequired]
    public required string Email { get; set; }

    [Parameter]
    public string? Error { get; set; }

    private string ViewBox => $"0 0 {_size} {_size}";

    private string Ground => $"M0 0h{_size}v{_size}h-{_size}z";

    protected override void OnParametersSet()
    {
        var secret = Enrolment.Secret.Bytes;
        _key = string.Join(' ', Totp.Base32(secret).Chunk(4).Select(g => new string(g)));
        using var code = QRCodeGenerator.GenerateQrCode(
            Totp.Address("ControlPanel", Email, secret),
            QRCodeGenerator.ECCLevel.M
        );
        _size = code.ModuleMatrix.Count;
        var path = new StringBuilder();
        for (var y = 0; y < _size; y++)
        {
            for (var x = 0; x < _size; x++)
            {
                if (code.ModuleMatrix[y][x])
                {
                    path.Append(CultureInfo.InvariantCulture, $"M{x} {y}h1v1h-1z");
                }
            }
        }

        _dots = path.ToString();
    }

    /// <summary>What the form posts.</summary>
    public sealed class EnrolInput
    {
        public string? Sealed { get; set; }

        public string? Code { get; set; }
    }
}
