import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;

/** Certificates of clients, self-signed. Java's library reads them and makes none: its keytool does. */
final class Certificate {
  private static final Path KEYTOOL = Path.of(System.getProperty("java.home"), "bin", "keytool");
  private static final String PASSWORD = "public"; // of a store that is thrown away

  /** A certificate that no other adapter has, as PEM. */
  static String fresh() throws Exception {
    Path folder = Files.createTempDirectory("keystead");
    Path store = folder.resolve("client");
    try {
      make(store);
      byte[] der = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray()).getCertificate("client").getEncoded();
      String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
      return "-----BEGIN CERTIFICATE-----\n" + lines + "\n-----END CERTIFICATE-----\n";
    } finally {
      Files.deleteIfExists(store);
      Files.delete(folder);
    }
  }

  private static void make(Path store) throws Exception {
    Process keytool = new ProcessBuilder(KEYTOOL.toString(), "-genkeypair", "-alias", "client", "-keyalg", "EC",
        "-keysize", "256", "-dname", "CN=client", "-storetype", "PKCS12", "-keystore", store.toString(),
        "-storepass", PASSWORD)
        .redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes());
    if (keytool.waitFor() != 0) {
      throw new IllegalStateException("keytool: " + said);
    }
  }
}
